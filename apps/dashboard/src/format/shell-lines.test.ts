import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { toShellLines } from './shell-lines.ts';

const origin = 'http://127.0.0.1:8080';

describe('the same from a shell', () => {
  test('cURL gets the body byte for byte through a real shell', () => {
    const body = { name: `it's "quoted" $HOME \`id\` \\ ümläut`, n: 1 };
    const { curl } = toShellLines({ method: 'POST', path: '/campaigns', body }, origin, true);
    // printf stands in for curl and prints its last argument.
    const line = curl.replace(/^curl/, 'print_last');
    const script = `print_last() { for a; do :; done; printf %s "$a"; }\n${line}`;
    expect(JSON.parse(execFileSync('sh', ['-c', script], { encoding: 'utf8' }))).toEqual(body);
  });

  test('PowerShell strings double every kind of single quote', () => {
    const body = { name: 'it’s' };
    const { powershell } = toShellLines(
      { method: 'PATCH', path: '/buckets/1', body },
      origin,
      false,
    );
    expect(powershell).toContain('\'{\n  "name": "it’’s"\n}\'');
    expect(powershell).toContain('Invoke-RestMethod -Method Patch');
    expect(powershell).not.toContain('Authorization');
  });

  test('the key itself is never shown', () => {
    const { curl, powershell } = toShellLines({ method: 'POST', path: '/stop' }, origin, true);
    expect(curl).toContain('Bearer $GAUNTLET_KEY');
    expect(powershell).toContain('Bearer $env:GAUNTLET_KEY');
  });
});
