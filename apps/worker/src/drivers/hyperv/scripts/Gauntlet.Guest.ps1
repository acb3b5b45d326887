# Inside a guest: its versions and its own log, through PowerShell Direct or WinRM.

function Invoke-GauntletInGuest {
    <#
    .SYNOPSIS
        Runs one of this file's script blocks in a guest.
    .DESCRIPTION
        direct: PowerShell Direct, which works only on the host that runs the VM, so the worker must
        be there or go through it. remote: WinRM by the guest's network name; also for guests of
        Windows Server 2008 R2.
    .PARAMETER Arguments
        The operation's arguments: vmId, host, guestName and access.
    .PARAMETER ScriptBlock
        A constant of this module.
    .PARAMETER ArgumentList
        What the script block is given.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments,
        [Parameter(Mandatory = $true)]
        [scriptblock] $ScriptBlock,
        [object[]] $ArgumentList = @()
    )

    $credential = @{}
    if ($null -ne $script:Credential) {
        $credential['Credential'] = $script:Credential
    }
    if ($Arguments.access -eq 'direct') {
        Invoke-Command -VMId ([guid] $Arguments.vmId) -ScriptBlock $ScriptBlock -ArgumentList $ArgumentList @credential
    }
    else {
        Invoke-Command -ComputerName $Arguments.guestName -ScriptBlock $ScriptBlock -ArgumentList $ArgumentList @credential
    }
}

# Runs in the guest, perhaps in PowerShell 2.0: no newer syntax in here.
$script:GuestReadBlock = {
    param($paths)
    $os = Get-WmiObject -Class 'Win32_OperatingSystem'
    $control = Get-ItemProperty -Path 'HKLM:\SYSTEM\CurrentControlSet\Control\CrashControl'
    $versions = @()
    foreach ($path in $paths) {
        $file = Join-Path -Path $env:windir -ChildPath $path
        if (Test-Path -Path $file) {
            $info = [System.Diagnostics.FileVersionInfo]::GetVersionInfo($file)
            $versions += ((Split-Path -Path $path -Leaf) + '=' + $info.FileMajorPart + '.' + $info.FileMinorPart + '.' + $info.FileBuildPart + '.' + $info.FilePrivatePart)
        }
    }
    New-Object -TypeName 'PSObject' -Property @{
        versions   = $versions
        lastBoot   = $os.ConvertToDateTime($os.LastBootUpTime).ToUniversalTime()
        caption    = [string] $os.Caption
        autoReboot = [int] $control.AutoReboot
        crashDump  = [int] $control.CrashDumpEnabled
    }
}

function Get-GauntletGuest {
    <#
    .SYNOPSIS
        Versions of the guest's own drivers, its last boot and its settings for crashes.
    .PARAMETER Arguments
        The operation's arguments: vmId, host, guestName and access.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $seen = Invoke-GauntletInGuest -Arguments $Arguments -ScriptBlock $script:GuestReadBlock -ArgumentList (, $script:GuestFiles)
    $files = @($seen.versions | ForEach-Object {
            $parts = ([string] $_).Split('=')
            @{ name = $parts[0].ToLowerInvariant(); version = $parts[1] }
        })
    @{
        files            = $files
        lastBootUtc      = ConvertTo-GauntletUtc -Time $seen.lastBoot
        osCaption        = [string] $seen.caption
        autoReboot       = ($seen.autoReboot -eq 1)
        crashDumpEnabled = [int] $seen.crashDump
    }
}

# Runs in the guest, perhaps in PowerShell 2.0.
$script:GuestEventBlock = {
    param($xpath, $countMax)
    try {
        Get-WinEvent -LogName 'System' -FilterXPath $xpath -MaxEvents $countMax -Oldest | ForEach-Object {
            New-Object -TypeName 'PSObject' -Property @{ recordId = [string] $_.RecordId; xml = [string] $_.ToXml() }
        }
    }
    catch {
        if ([string] $_.FullyQualifiedErrorId -notmatch '^NoMatchingEventsFound') {
            throw
        }
    }
}

function Get-GauntletGuestEvent {
    <#
    .SYNOPSIS
        Records 1001, 41 and 6008 of the guest's System log since a time.
    .PARAMETER Arguments
        The operation's arguments: vmId, host, guestName, access, sinceUtc and countMax.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $query = New-Object -TypeName 'PSObject' -Property @{ ids = @(1001, 41, 6008); sinceUtc = $Arguments.sinceUtc }
    $xpath = Get-GauntletXPath -Arguments $query
    $countMax = [int] $Arguments.countMax
    $records = @(Invoke-GauntletInGuest -Arguments $Arguments -ScriptBlock $script:GuestEventBlock -ArgumentList $xpath, ($countMax + 1))
    $page = @($records | Select-Object -First $countMax | ForEach-Object {
            @{ recordId = [string] $_.recordId; xml = [string] $_.xml }
        })
    @{ events = $page; newestRecordId = $null; oldestRecordId = $null; more = ($records.Count -gt $countMax) }
}
