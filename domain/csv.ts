export const CSV_LINE_END = '\r\n';

/** What a cell can hold; an object is written as JSON. */
export type CsvValue = string | number | boolean | object | null;

/**
 * A line by RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe in front: names and causes are
 * written by anybody.
 */
export function csvRow(values: readonly CsvValue[]): string {
  return values.map(cell).join(',') + CSV_LINE_END;
}

function cell(value: CsvValue): string {
  const text = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
