import type { NextConfig } from 'next';

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  typedRoutes: true,
  // Native modules, and libraries that Turbopack cannot bundle (tsyringe needs a reflect polyfill at run time).
  serverExternalPackages: [
    '@simplewebauthn/server',
    '@peculiar/x509',
    '@prisma/adapter-better-sqlite3',
    '@prisma/adapter-pg',
    'better-sqlite3',
    '@node-rs/argon2',
  ],
  headers: async () => [
    {
      source: '/:path*',
      headers: [
        {
          key: 'Permissions-Policy',
          value: 'publickey-credentials-get=(self), publickey-credentials-create=(self), camera=()',
        },
        { key: 'Referrer-Policy', value: 'no-referrer' },
        { key: 'X-Content-Type-Options', value: 'nosniff' },
        { key: 'X-Frame-Options', value: 'DENY' },
        { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
        { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
      ],
    },
    {
      // The one page that reads a QR code.
      source: '/authenticator',
      headers: [
        {
          key: 'Permissions-Policy',
          value: 'publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(self)',
        },
      ],
    },
  ],
};

export default config;
