# Crash dumps: listed, and only their head fetched. The worker reads what it says.

# Runs where the dumps are, perhaps in PowerShell 2.0.
$script:DumpListBlock = {
    $found = @()
    $folder = Join-Path -Path $env:windir -ChildPath 'Minidump'
    if (Test-Path -Path $folder) {
        $found += @(Get-ChildItem -Path $folder | Where-Object { $_.Name -like '*.dmp' })
    }
    $whole = Join-Path -Path $env:windir -ChildPath 'MEMORY.DMP'
    if (Test-Path -Path $whole) {
        $found += @(Get-Item -Path $whole)
    }
    foreach ($file in $found) {
        New-Object -TypeName 'PSObject' -Property @{ path = $file.FullName; size = $file.Length; written = $file.LastWriteTimeUtc }
    }
}

# Runs where the dumps are, perhaps in PowerShell 2.0. Reads dumps only, whatever it is asked for.
$script:DumpReadBlock = {
    param($path, $countMax)
    $allowed = @((Join-Path -Path $env:windir -ChildPath 'MEMORY.DMP'), (Join-Path -Path $env:windir -ChildPath 'Minidump\*.dmp'))
    $full = [System.IO.Path]::GetFullPath($path)
    if (-not (($full -like $allowed[0]) -or ($full -like $allowed[1]))) {
        throw 'This is no crash dump of this system.'
    }
    $stream = New-Object -TypeName 'System.IO.FileStream' -ArgumentList $full, 'Open', 'Read', 'ReadWrite'
    try {
        $size = $stream.Length
        $buffer = New-Object -TypeName 'System.Byte[]' -ArgumentList ([int] [System.Math]::Min($size, $countMax))
        $read = 0
        while ($read -lt $buffer.Length) {
            $count = $stream.Read($buffer, $read, $buffer.Length - $read)
            if ($count -eq 0) { break }
            $read += $count
        }
        New-Object -TypeName 'PSObject' -Property @{ base64 = [System.Convert]::ToBase64String($buffer, 0, $read); size = $size }
    }
    finally {
        $stream.Dispose()
    }
}

function Invoke-GauntletWhereDumpsAre {
    <#
    .SYNOPSIS
        Runs one of this file's script blocks on the host or in the guest.
    .PARAMETER Arguments
        The operation's arguments: of, host and, for a guest, vmId, guestName and access.
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

    if ($Arguments.of -eq 'guest') {
        Invoke-GauntletInGuest -Arguments $Arguments -ScriptBlock $ScriptBlock -ArgumentList $ArgumentList
    }
    else {
        Invoke-Command -ComputerName $Arguments.host -ScriptBlock $ScriptBlock -ArgumentList $ArgumentList
    }
}

function Get-GauntletDumpList {
    <#
    .SYNOPSIS
        The crash dumps of a host or of a guest.
    .PARAMETER Arguments
        The operation's arguments: of, host and, for a guest, vmId, guestName and access.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $dumps = @(Invoke-GauntletWhereDumpsAre -Arguments $Arguments -ScriptBlock $script:DumpListBlock | ForEach-Object {
            @{ path = [string] $_.path; sizeBytes = [int64] $_.size; writtenUtc = (ConvertTo-GauntletUtc -Time $_.written) }
        })
    @{ dumps = @($dumps | Select-Object -First 256) }
}

function Get-GauntletDump {
    <#
    .SYNOPSIS
        The first bytes of a crash dump.
    .PARAMETER Arguments
        The operation's arguments: of, host, path and countMax.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $read = Invoke-GauntletWhereDumpsAre -Arguments $Arguments -ScriptBlock $script:DumpReadBlock -ArgumentList $Arguments.path, ([int] $Arguments.countMax)
    @{ base64 = [string] $read.base64; sizeBytes = [int64] $read.size }
}
