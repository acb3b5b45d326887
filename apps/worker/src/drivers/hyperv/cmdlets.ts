/** One command the module calls, as the published reference has it. */
export interface KnownCommand {
  readonly name: string;
  /** Parameters the module uses; nothing else may be used of it. */
  readonly parameters: readonly string[];
  readonly module: 'Hyper-V' | 'FailoverClusters' | 'PowerShell' | 'SecretManagement';
  /** Parameters some versions lack: the module asks before it uses them. */
  readonly optional?: readonly string[];
}

/**
 * Every command of the scripts with every parameter they use, reviewed against Microsoft's
 * PowerShell reference (windows-powershell-docs) for Windows Server 2012 to 2025. A test holds the
 * scripts to it, and the doctor asks a real machine for all of it: a misspelt parameter is the
 * likeliest mistake of scripts that were written without a Windows at hand.
 */
export const knownCommands: readonly KnownCommand[] = [
  hyperv('Get-VM', ['Id', 'ComputerName', 'ErrorAction']),
  hyperv('Get-VMHost', ['ComputerName']),
  hyperv('Get-VMProcessor', ['VM']),
  hyperv('Get-VMHardDiskDrive', ['VM']),
  hyperv('Get-VHD', ['Path', 'ComputerName']),
  hyperv('Move-VM', ['VM', 'DestinationHost', 'AsJob']),
  hyperv('Start-VM', ['VM', 'Confirm']),
  hyperv('Stop-VM', ['VM', 'TurnOff', 'Force', 'Confirm']),
  hyperv('Restart-VM', ['VM', 'Force', 'Confirm']),
  hyperv('Debug-VM', ['VM', 'InjectNonMaskableInterrupt', 'Force', 'Confirm']),
  cluster('Get-Cluster', ['Name']),
  cluster('Get-ClusterNode', ['Cluster']),
  cluster('Get-ClusterGroup', ['Cluster', 'Name']),
  {
    ...cluster('Get-ClusterResource', ['Cluster', 'VMId', 'ErrorAction']),
    optional: ['VMId'],
  },
  cluster('Get-ClusterParameter', ['InputObject', 'Name']),
  {
    ...cluster('Move-ClusterVirtualMachineRole', [
      'Name',
      'Node',
      'Cluster',
      'Cancel',
      'MigrationType',
      'Wait',
    ]),
    optional: ['MigrationType', 'Wait'],
  },
  { name: 'Get-Secret', parameters: ['Name'], module: 'SecretManagement' },
  own('ConvertFrom-Json', []),
  own('ConvertTo-Json', ['InputObject', 'Compress', 'Depth']),
  own('Export-ModuleMember', ['Function']),
  own('ForEach-Object', []),
  own('Get-ChildItem', ['Path']),
  own('Get-CimInstance', ['CimSession', 'Namespace', 'ClassName', 'Filter']),
  own('Get-Command', ['Name', 'ErrorAction']),
  own('Get-Item', ['Path']),
  own('Get-ItemProperty', ['Path']),
  own('Get-Module', ['Name']),
  own('Get-WinEvent', [
    'ComputerName',
    'LogName',
    'FilterXPath',
    'MaxEvents',
    'Oldest',
    'ListLog',
    'ErrorAction',
  ]),
  own('Get-WmiObject', ['Namespace', 'Class', 'Filter', 'ComputerName']),
  own('Invoke-CimMethod', ['InputObject', 'CimSession', 'MethodName', 'Arguments']),
  own('Invoke-Command', ['VMId', 'ComputerName', 'ScriptBlock', 'ArgumentList', 'Credential']),
  own('Join-Path', ['Path', 'ChildPath']),
  own('New-CimSession', ['ComputerName', 'SessionOption']),
  own('New-CimSessionOption', ['Protocol']),
  own('New-Object', ['TypeName', 'ArgumentList', 'Property']),
  own('Remove-CimSession', ['CimSession']),
  own('Select-Object', ['First', 'Skip']),
  own('Set-StrictMode', ['Version']),
  own('Sort-Object', ['Property']),
  own('Split-Path', ['Path', 'Leaf']),
  own('Test-Path', ['Path', 'LiteralPath']),
  own('Where-Object', []),
];

function hyperv(name: string, parameters: readonly string[]): KnownCommand {
  return { name, parameters, module: 'Hyper-V' };
}

function cluster(name: string, parameters: readonly string[]): KnownCommand {
  return { name, parameters, module: 'FailoverClusters' };
}

function own(name: string, parameters: readonly string[]): KnownCommand {
  return { name, parameters, module: 'PowerShell' };
}
