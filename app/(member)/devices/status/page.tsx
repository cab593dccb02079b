import type { Metadata } from 'next';
import { joinTypeWords } from '#domain/device';
import { prerequisites, verdictWords } from '#domain/prerequisites';
import { listCredentials } from '#server/credential';
import { listDevices } from '#server/device';
import { memberPage } from '#server/page';
import { readProvisioning } from '#server/provisioning';
import { readTenant } from '#server/tenant';
import { Transcript } from '#ui/transcript';
import { MemberPage } from '../../member-page.tsx';

export const metadata: Metadata = { title: 'Device status' };

const yesNo = (value: boolean) => (value ? 'YES' : 'NO');

/** What `dsregcmd /status` shows on Windows, field by field. What a browser cannot know says so. */
export default async function DeviceStatusPage() {
  const { runtime, caller } = await memberPage();
  const { session } = caller;
  const [tenant, provisioning, keys, devices] = await Promise.all([
    readTenant(runtime),
    readProvisioning(runtime, session),
    listCredentials(runtime, session.userId),
    session.deviceId === null ? [] : listDevices(runtime, { id: session.deviceId }),
  ]);
  const device = devices[0];
  const key = keys.find(
    ({ kind, deviceId }) => kind === 'hello' && deviceId !== null && deviceId === session.deviceId,
  );
  const profile = device?.profiles[0];
  const { origin } = runtime.relyingParty;
  const sections = [
    {
      title: 'Device State',
      lines: [
        { name: 'AzureAdJoined', value: yesNo(device?.joinType === 'joined') },
        { name: 'EnterpriseJoined', value: 'NO' },
        { name: 'DomainJoined', value: 'Not Tested' },
        { name: 'Device Name', value: device?.name ?? '' },
      ],
    },
    ...(device
      ? [
          {
            title: 'Device Details',
            lines: [
              { name: 'DeviceId', value: device.id },
              { name: 'Thumbprint', value: profile?.thumbprint ?? '' },
              { name: 'DeviceCertificateValidity', value: 'Not Tested' },
              { name: 'KeyContainerId', value: profile?.id ?? '' },
              { name: 'KeyProvider', value: 'WebCrypto' },
              { name: 'TpmProtected', value: 'NO' },
              { name: 'DeviceAuthStatus', value: 'SUCCESS' },
              { name: 'Join Type', value: joinTypeWords[device.joinType] },
            ],
          },
        ]
      : []),
    {
      title: 'Tenant Details',
      lines: [
        { name: 'TenantName', value: tenant.name },
        { name: 'TenantId', value: tenant.id },
        { name: 'Idp', value: origin },
        { name: 'JoinSrvUrl', value: `${origin}/api/device-registration` },
        { name: 'KeySrvUrl', value: `${origin}/api/registration` },
        { name: 'WebAuthNSrvUrl', value: `${origin}/api/authentication` },
      ],
    },
    {
      title: 'User State',
      lines: [
        { name: 'NgcSet', value: yesNo(key !== undefined) },
        ...(key
          ? [
              { name: 'NgcKeyId', value: `{${key.id.toUpperCase()}}` },
              { name: 'CanReset', value: 'DestructiveOnly' },
            ]
          : []),
        { name: 'WorkplaceJoined', value: yesNo(device?.joinType === 'registered') },
      ],
    },
    {
      title: 'SSO State',
      lines: [
        { name: 'AzureAdPrt', value: 'YES' },
        {
          name: 'AzureAdPrtUpdateTime',
          value: session.createdAt.toISOString().replace('T', ' ').replace('Z', ' UTC'),
        },
        {
          name: 'AzureAdPrtExpiryTime',
          value: session.expiresAt.toISOString().replace('T', ' ').replace('Z', ' UTC'),
        },
        { name: 'AzureAdPrtAuthority', value: origin },
        { name: 'User Identity', value: session.person.upn },
        {
          name: 'Credential Type',
          value: { hello: 'NGC', passkey: 'FIDO', password: 'Password', 'temporary-access-pass': 'TAP' }[
            session.method
          ],
        },
      ],
    },
    ...(key
      ? []
      : [
          {
            title: 'Ngc Prerequisite Check',
            lines: [
              ...prerequisites.map(({ field }) => ({
                name: field,
                value:
                  verdictWords[
                    provisioning.prerequisites.checks.find((check) => check.field === field)?.verdict ??
                      'not_tested'
                  ],
              })),
              { name: 'PreReqResult', value: provisioning.prerequisites.outcome },
            ],
          },
        ]),
  ];
  return (
    <MemberPage
      session={session}
      title="Device status"
      intro="What dsregcmd /status shows on Windows, as far as a browser can know it. The device key is WebCrypto's: it can't be exported, and it isn't in a TPM."
    >
      <Transcript label="Device status" sections={sections} />
    </MemberPage>
  );
}
