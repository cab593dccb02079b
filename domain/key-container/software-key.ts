/** The model of a key that a browser keeps itself. It is a label, as every AAGUID without a proof is. */
export const SOFTWARE_KEY_AAGUID = 'a9c24d5e-6b1f-4c57-8f0e-3d7b92e0c614';
