# Is this place fit for a campaign? Every answer says what to do.

function Test-GauntletCommand {
    <#
    .SYNOPSIS
        Which of these commands, and which of their parameters, this machine has.
    .PARAMETER Arguments
        The operation's arguments: commands, each with name and parameters.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $rows = @($Arguments.commands | ForEach-Object {
            $wanted = $_
            $row = @{ name = [string] $wanted.name; found = $false; missing = @(); module = $null; version = $null }
            $command = Get-Command -Name $wanted.name -ErrorAction 'SilentlyContinue'
            if ($null -ne $command) {
                $row['found'] = $true
                $row['module'] = [string] $command.ModuleName
                $row['version'] = [string] (Get-GauntletProperty -InputObject $command -Name 'Version')
                $row['missing'] = @($wanted.parameters | Where-Object { -not $command.Parameters.ContainsKey($_) })
            }
            $row
        })
    @{ commands = $rows }
}

function New-GauntletFinding {
    <#
    .SYNOPSIS
        One line of the doctor's table.
    .PARAMETER What
        What was looked at.
    .PARAMETER State
        ok, warning, bad or unknown.
    .PARAMETER Found
        What was found.
    .PARAMETER Todo
        What to do; empty when all is well.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $What,
        [Parameter(Mandatory = $true)]
        [string] $State,
        [Parameter(Mandatory = $true)]
        [AllowEmptyString()]
        [string] $Found,
        [string] $Todo = ''
    )

    @{ what = $What; state = $State; found = $Found; todo = $Todo }
}

function Test-GauntletHost {
    <#
    .SYNOPSIS
        Event logs and their sizes, crash settings, rights and limits of one host.
    .PARAMETER Arguments
        The operation's arguments: host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $findings = @()
    foreach ($test in @('Test-GauntletHostLog', 'Test-GauntletHostCrashControl', 'Test-GauntletHostLimit')) {
        try {
            $findings += @(& $test -HostName $Arguments.host)
        }
        catch {
            $findings += New-GauntletFinding -What $test -State 'bad' -Found ([string] $_.Exception.Message) -Todo 'Give the worker the rights docs/hyperv.md lists.'
        }
    }
    @{ findings = $findings }
}

function Test-GauntletHostLog {
    <#
    .SYNOPSIS
        Are the logs there, enabled and large enough for a night?
    .PARAMETER HostName
        A host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $HostName
    )

    $names = @('Microsoft-Windows-Hyper-V-Worker-Admin', 'Microsoft-Windows-Hyper-V-VMMS-Admin', 'Microsoft-Windows-Hyper-V-High-Availability-Admin', 'System')
    foreach ($name in $names) {
        $log = @(Get-WinEvent -ComputerName $HostName -ListLog $name -ErrorAction 'SilentlyContinue')
        $what = 'event log {0}' -f $name
        if ($log.Count -eq 0) {
            New-GauntletFinding -What $what -State 'bad' -Found 'missing or not readable' -Todo 'Add the worker to Event Log Readers; allow remote event log management.'
        }
        elseif (-not $log[0].IsEnabled) {
            New-GauntletFinding -What $what -State 'bad' -Found 'disabled' -Todo ('wevtutil sl {0} /e:true' -f $name)
        }
        elseif ($log[0].MaximumSizeInBytes -lt 16777216) {
            New-GauntletFinding -What $what -State 'warning' -Found ('{0} KiB' -f [math]::Round($log[0].MaximumSizeInBytes / 1024)) -Todo ('wevtutil sl {0} /ms:67108864' -f $name)
        }
        else {
            New-GauntletFinding -What $what -State 'ok' -Found ('{0} MiB' -f [math]::Round($log[0].MaximumSizeInBytes / 1048576))
        }
    }
}

function Test-GauntletHostCrashControl {
    <#
    .SYNOPSIS
        Will the host leave a record and a dump when it stops?
    .PARAMETER HostName
        A host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $HostName
    )

    $recovery = Get-GauntletCim -HostName $HostName -ClassName 'Win32_OSRecoveryConfiguration'
    if ($recovery.DebugInfoType -eq 0) {
        New-GauntletFinding -What 'host dump' -State 'bad' -Found 'no dump is written' -Todo 'Set CrashDumpEnabled to 2 or 7 under CrashControl.'
    }
    else {
        New-GauntletFinding -What 'host dump' -State 'ok' -Found ('type {0}' -f $recovery.DebugInfoType)
    }
    if ($recovery.AutoReboot) {
        New-GauntletFinding -What 'host restarts after a crash' -State 'ok' -Found 'yes'
    }
    else {
        New-GauntletFinding -What 'host restarts after a crash' -State 'warning' -Found 'no' -Todo 'Set AutoReboot to 1, or a night ends with the first host crash.'
    }
}

function Test-GauntletHostLimit {
    <#
    .SYNOPSIS
        How many migrations the host takes at once.
    .PARAMETER HostName
        A host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $HostName
    )

    if ($null -eq (Get-Command -Name 'Get-VMHost' -ErrorAction 'SilentlyContinue')) {
        New-GauntletFinding -What 'migrations at once' -State 'unknown' -Found 'no Hyper-V module' -Todo 'Install the Hyper-V management tools, or use the adapter wmi-v1.'
        return
    }
    $vmHost = Get-VMHost -ComputerName $HostName
    $limit = Get-GauntletProperty -InputObject $vmHost -Name 'MaximumVirtualMachineMigrations'
    New-GauntletFinding -What 'migrations at once' -State 'ok' -Found ([string] $limit)
}
