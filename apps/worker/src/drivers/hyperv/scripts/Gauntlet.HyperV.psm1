<#
.SYNOPSIS
    What the Gauntlet worker does on Hyper-V: a fixed table of operations behind one function.
.DESCRIPTION
    Written for Windows PowerShell 5.1; PowerShell 7 is tolerated. The worker sends one line,
    Invoke-GauntletOp '<base64 of JSON>', and reads one line back. Nothing that is sent is ever run
    as script: the operation is looked up in the table below.
    Not run on a real host by those who wrote it: see docs/hyperv.md and the doctor command.
#>
Set-StrictMode -Version 2.0

. (Join-Path $PSScriptRoot 'Gauntlet.Common.ps1')
. (Join-Path $PSScriptRoot 'Gauntlet.Inventory.ps1')
. (Join-Path $PSScriptRoot 'Gauntlet.Migration.ps1')
. (Join-Path $PSScriptRoot 'Gauntlet.Power.ps1')
. (Join-Path $PSScriptRoot 'Gauntlet.Events.ps1')
. (Join-Path $PSScriptRoot 'Gauntlet.Guest.ps1')
. (Join-Path $PSScriptRoot 'Gauntlet.Dumps.ps1')
. (Join-Path $PSScriptRoot 'Gauntlet.Settings.ps1')
. (Join-Path $PSScriptRoot 'Gauntlet.Doctor.ps1')
. (Join-Path $PSScriptRoot 'Gauntlet.WmiV1.ps1')

# Every operation, and the function that does it. The worker's table has the same names.
$script:Operations = @{
    'ping'             = 'Get-GauntletPing'
    'hosts.list'       = 'Get-GauntletHostList'
    'host.read'        = 'Get-GauntletHost'
    'host.heartbeats'  = 'Get-GauntletHeartbeat'
    'vms.list'         = 'Get-GauntletVmList'
    'vms.locate'       = 'Get-GauntletVmLocation'
    'vm.read'          = 'Get-GauntletVm'
    'migration.start'  = 'Start-GauntletMigration'
    'migration.cancel' = 'Stop-GauntletMigration'
    'vm.turnOff'       = 'Stop-GauntletVm'
    'vm.start'         = 'Start-GauntletVm'
    'vm.reset'         = 'Reset-GauntletVm'
    'vm.nmi'           = 'Send-GauntletNmi'
    'events.mark'      = 'Get-GauntletEventMark'
    'events.read'      = 'Get-GauntletEvent'
    'guest.read'       = 'Get-GauntletGuest'
    'guest.events'     = 'Get-GauntletGuestEvent'
    'dump.list'        = 'Get-GauntletDumpList'
    'dump.read'        = 'Get-GauntletDump'
    'settings.read'    = 'Get-GauntletSetting'
    'cmdlets.probe'    = 'Test-GauntletCommand'
    'doctor.host'      = 'Test-GauntletHost'
    'credential.set'   = 'Set-GauntletCredential'
}

# What hosts with the first WMI namespace (Windows Server 2008 R2) need done differently.
$script:WmiV1Operations = @{
    'host.read'        = 'Get-GauntletHostWmiV1'
    'host.heartbeats'  = 'Get-GauntletHeartbeatWmiV1'
    'vms.list'         = 'Get-GauntletVmListWmiV1'
    'vms.locate'       = 'Get-GauntletVmLocationWmiV1'
    'vm.read'          = 'Get-GauntletVmWmiV1'
    'migration.start'  = 'Start-GauntletMigrationWmiV1'
    'vm.turnOff'       = 'Stop-GauntletVmWmiV1'
    'vm.start'         = 'Start-GauntletVmWmiV1'
    'vm.reset'         = 'Reset-GauntletVmWmiV1'
    'vm.nmi'           = 'Send-GauntletNmiWmiV1'
}

function Invoke-GauntletOp {
    <#
    .SYNOPSIS
        Does one operation of the table and prints its reply as one marked line.
    .PARAMETER Request
        Base64 of a JSON object with v, id, op, args and deadlineMs.
    .EXAMPLE
        Invoke-GauntletOp 'eyJ2IjoxLCJpZCI6IjEiLCJvcCI6InBpbmciLCJhcmdzIjp7fX0='
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [string] $Request
    )

    # Whatever goes wrong is part of the reply: the worker takes any word on the error stream for
    # the end of this shell.
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'
    $VerbosePreference = 'SilentlyContinue'
    $DebugPreference = 'SilentlyContinue'
    $WarningPreference = 'SilentlyContinue'
    $id = ''
    try {
        $message = ConvertFrom-GauntletBase64 -Text $Request | ConvertFrom-Json
        $id = [string] $message.id
        $data = Invoke-GauntletHandler -Message $message
        $reply = @{ v = 1; id = $id; ok = $true; data = $data; warnings = @() }
    }
    catch {
        $failure = ConvertTo-GauntletError -ErrorRecord $_
        $reply = @{ v = 1; id = $id; ok = $false; error = $failure }
    }
    Write-GauntletReply -Id $id -Reply $reply
}

function Invoke-GauntletHandler {
    <#
    .SYNOPSIS
        Looks an operation up in the fixed tables and calls its function.
    .PARAMETER Message
        The parsed request.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Message
    )

    if ($Message.v -ne 1) {
        throw [System.NotSupportedException] ('Protocol version {0} is not known.' -f $Message.v)
    }
    $op = [string] $Message.op
    $function = $null
    if ((Get-GauntletAdapter -Arguments $Message.args) -eq 'wmi-v1') {
        $function = $script:WmiV1Operations[$op]
    }
    if ($null -eq $function) {
        $function = $script:Operations[$op]
    }
    if ($null -eq $function) {
        throw [System.NotSupportedException] ('There is no operation {0}.' -f $op)
    }
    & $function -Arguments $Message.args 3>$null
}

Export-ModuleMember -Function 'Invoke-GauntletOp'
