import type { Metadata } from 'next';
import { joinTypeWords } from '#domain/device';
import { obstacleWords, resetKindOf, resetKindWords } from '#domain/pin-reset';
import { prerequisites, verdictWords } from '#domain/prerequisites';
import { listCredentials } from '#server/credential';
import { listDevices } from '#server/device';
import { readCertificates } from '#server/device-certificate';
import { memberPage } from '#server/page';
import { readResetPlan, readWindowsLimits } from '#server/pin-recovery';
import { readProvisioning } from '#server/provisioning';
import { readResultant } from '#server/resultant';
import { readTenant } from '#server/tenant';
import { Section } from '#ui/card';
import { Transcript } from '#ui/transcript';
import { MemberPage } from '../../member-page.tsx';
import { Certificate } from './certificate.tsx';
import { DevicePolicy } from './device-policy.tsx';

export const metadata: Metadata = { title: 'Device status' };

const inUtc = (at: Date) => at.toISOString().replace('T', ' ').replace('Z', ' UTC');
const yesNo = (value: boolean) => (value ? 'YES' : 'NO');

/** What `dsregcmd /status` shows on Windows, field by field. What a browser cannot know says so. */
export default async function DeviceStatusPage() {
  const { runtime, caller } = await memberPage();
  const { session } = caller;
  const [tenant, provisioning, keys, devices, certificates] = await Promise.all([
    readTenant(runtime),
    readProvisioning(runtime, session),
    listCredentials(runtime, session.userId),
    session.deviceId === null ? [] : listDevices(runtime, { id: session.deviceId }),
    session.deviceId === null ? null : readCertificates(runtime, session.deviceId),
  ]);
  const device = devices[0];
  // Read after the set-up was judged, which asks for policy where the time for it has come.
  const resultant = device
    ? await readResultant(runtime, { userId: session.userId, deviceId: device.id })
    : null;
  const key = keys.find(
    ({ kind, deviceId }) => kind === 'hello' && deviceId !== null && deviceId === session.deviceId,
  );
  const [plan, limits] =
    key === undefined
      ? [null, []]
      : await Promise.all([readResetPlan(runtime, session), readWindowsLimits(runtime, session)]);
  const kind = plan === null ? null : resetKindOf(plan.can);
  const profiles = device?.profiles ?? [];
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
      ? profiles.map((profile) => {
          const certificate = certificates?.get(profile.id);
          return {
            title: profiles.length === 1 ? 'Device Details' : `Device Details: ${profile.browser}`,
            lines: [
              { name: 'DeviceId', value: device.id },
              { name: 'Thumbprint', value: certificate?.thumbprint ?? 'None yet' },
              {
                name: 'DeviceCertificateValidity',
                value: certificate
                  ? `[ ${inUtc(certificate.startsAt)} -- ${inUtc(certificate.expiresAt)} ]`
                  : 'None yet',
              },
              { name: 'KeyContainerId', value: profile.id },
              { name: 'KeyProvider', value: 'browser, non-extractable (WebCrypto)' },
              { name: 'TpmProtected', value: 'NO' },
              { name: 'DeviceAuthStatus', value: 'SUCCESS' },
              { name: 'Join Type', value: joinTypeWords[device.joinType] },
            ],
          };
        })
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
        ...(key && plan
          ? [
              { name: 'NgcKeyId', value: `{${key.id.toUpperCase()}}` },
              { name: 'CanReset', value: plan.can },
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
          value: inUtc(session.createdAt),
        },
        {
          name: 'AzureAdPrtExpiryTime',
          value: inUtc(session.expiresAt),
        },
        { name: 'AzureAdPrtAuthority', value: origin },
        { name: 'User Identity', value: session.person.upn },
        {
          name: 'Credential Type',
          value: {
            hello: 'NGC',
            passkey: 'FIDO',
            password: 'Password',
            totp: 'Password',
            federated: 'Federated',
            'federated-mfa': 'Federated',
            authenticator: 'Password',
            'phone-sign-in': 'RemoteNGC',
            'temporary-access-pass': 'TAP',
          }[session.method],
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
      {resultant?.ok ? <DevicePolicy resultant={resultant.value} /> : null}
      <Transcript label="Device status" sections={sections} />
      {plan ? (
        <Section
          title="PIN reset"
          note={
            kind === null
              ? 'Nobody can say now how a forgotten PIN could be reset here.'
              : `What happens here to somebody who forgot the PIN: “${resetKindWords[kind].title}”, a ${resetKindWords[kind].term}.`
          }
        >
          <ul className="flex max-w-line list-disc flex-col gap-1 pl-5 text-14 text-ink-soft">
            {plan.container === null ? (
              <li>
                The system of this device keeps the key and its PIN. Only the system can change that PIN.
              </li>
            ) : plan.obstacle === null ? (
              <li>This browser prepared a protector for the PIN reset service, so the key can be kept.</li>
            ) : (
              <li>{obstacleWords(plan.obstacle)}</li>
            )}
            {limits.map((limit) => (
              <li key={limit}>{limit}</li>
            ))}
          </ul>
        </Section>
      ) : null}
      {device ? (
        <Section
          title="Device certificate"
          note="In it your organisation states which key a browser registered. It shows that browser profile and its key, not hardware, and opens nothing by itself: signing in takes the key. An old one stops no sign-in either; signing in renews it."
        >
          {profiles.map(({ id, browser }) => {
            const certificate = certificates?.get(id);
            return certificate ? (
              <Certificate
                key={id}
                browser={browser}
                certificate={certificate}
                userHandle={session.person.userHandle}
                origin={origin}
              />
            ) : (
              <p key={id} className="text-14 text-ink-soft">
                {browser || 'One browser'} has no certificate yet. It gets one when you next sign in there.
              </p>
            );
          })}
        </Section>
      ) : null}
    </MemberPage>
  );
}
