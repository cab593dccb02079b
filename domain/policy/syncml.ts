/** One value for a node of a configuration service provider. */
export interface OmaValue {
  readonly title: string;
  readonly explanation: string;
  readonly uri: string;
  readonly value: boolean | number | string;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

const formats = { boolean: 'bool', number: 'int', string: 'chr' } as const;
const formatOf = (value: OmaValue['value']) => formats[typeof value as keyof typeof formats];

/**
 * A SyncML 1.2 body that puts these values in place, all or none: Replace inside Atomic, one command a node. It has no
 * header, as in Microsoft's own samples: whatever sends it (a management server, a test tool) adds its session's.
 */
export function encodeSyncml(values: readonly OmaValue[]): string {
  const commands = values.map(({ uri, value }, at) =>
    [
      '      <Replace>',
      `        <CmdID>${at + 2}</CmdID>`,
      '        <Item>',
      '          <Target>',
      `            <LocURI>${escapeXml(uri)}</LocURI>`,
      '          </Target>',
      '          <Meta>',
      `            <Format xmlns="syncml:metinf">${formatOf(value)}</Format>`,
      '            <Type xmlns="syncml:metinf">text/plain</Type>',
      '          </Meta>',
      `          <Data>${escapeXml(String(value))}</Data>`,
      '        </Item>',
      '      </Replace>',
    ].join('\n'),
  );
  return [
    '<SyncML xmlns="SYNCML:SYNCML1.2">',
    '  <SyncBody>',
    '    <Atomic>',
    '      <CmdID>1</CmdID>',
    ...commands,
    '    </Atomic>',
    '    <Final/>',
    '  </SyncBody>',
    '</SyncML>',
    '',
  ].join('\n');
}
