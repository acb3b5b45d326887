/** What PowerShell and its modules need of the environment; nothing else is handed on. */
const wanted = [
  'PATH',
  'PATHEXT',
  'SYSTEMROOT',
  'WINDIR',
  'SYSTEMDRIVE',
  'COMSPEC',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'USERNAME',
  'USERDOMAIN',
  'USERDNSDOMAIN',
  'COMPUTERNAME',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'COMMONPROGRAMFILES',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
  'HOMEDRIVE',
  'HOMEPATH',
  'HOME',
  'LANG',
] as const;

/**
 * The environment of a shell. An allow-list: secrets, NODE_OPTIONS and NODE_POWERSHELL stay here,
 * and so does PSModulePath, which a PowerShell 7 that started the worker has bent to itself.
 */
export function shellEnvironment(
  source: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const names = new Set<string>(wanted);
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined && names.has(name.toUpperCase())) environment[name] = value;
  }
  return environment;
}
