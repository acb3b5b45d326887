# Event logs of hosts: read from a mark, by id, as XML. Messages are translated, XML is not.

function Get-GauntletLogEnds {
    <#
    .SYNOPSIS
        The newest and the oldest record of a log; null for an empty one.
    .PARAMETER HostName
        A host.
    .PARAMETER Log
        The log's name.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $HostName,
        [Parameter(Mandatory = $true)]
        [string] $Log
    )

    $newest = @(Get-GauntletRecords -HostName $HostName -Log $Log -XPath '*' -CountMax 1)
    $oldest = @(Get-GauntletRecords -HostName $HostName -Log $Log -XPath '*' -CountMax 1 -Oldest)
    $ends = @{ newestRecordId = $null; oldestRecordId = $null }
    if ($newest.Count -gt 0) {
        $ends['newestRecordId'] = [string] $newest[0].RecordId
    }
    if ($oldest.Count -gt 0) {
        $ends['oldestRecordId'] = [string] $oldest[0].RecordId
    }
    $ends
}

function Get-GauntletRecords {
    <#
    .SYNOPSIS
        Records of a log. No record is no error; everything else is one.
    .PARAMETER HostName
        A host.
    .PARAMETER Log
        The log's name.
    .PARAMETER XPath
        Which records.
    .PARAMETER CountMax
        At most so many.
    .PARAMETER Oldest
        Oldest first.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $HostName,
        [Parameter(Mandatory = $true)]
        [string] $Log,
        [Parameter(Mandatory = $true)]
        [string] $XPath,
        [Parameter(Mandatory = $true)]
        [int] $CountMax,
        [switch] $Oldest
    )

    try {
        Get-WinEvent -ComputerName $HostName -LogName $Log -FilterXPath $XPath -MaxEvents $CountMax -Oldest:$Oldest
    }
    catch {
        if ([string] $_.FullyQualifiedErrorId -notmatch '^NoMatchingEventsFound') {
            throw
        }
    }
}

function Get-GauntletEventMark {
    <#
    .SYNOPSIS
        Where logs stand now.
    .PARAMETER Arguments
        The operation's arguments: host and logs.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $marks = @($Arguments.logs | ForEach-Object {
            $mark = @{ log = $_; exists = $true; newestRecordId = $null; oldestRecordId = $null }
            if (Test-GauntletLog -HostName $Arguments.host -Log $_) {
                $ends = Get-GauntletLogEnds -HostName $Arguments.host -Log $_
                $mark['newestRecordId'] = $ends['newestRecordId']
                $mark['oldestRecordId'] = $ends['oldestRecordId']
            }
            else {
                $mark['exists'] = $false
            }
            $mark
        })
    @{ marks = $marks }
}

function Test-GauntletLog {
    <#
    .SYNOPSIS
        True when a host has this log.
    .PARAMETER HostName
        A host.
    .PARAMETER Log
        The log's name.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $HostName,
        [Parameter(Mandatory = $true)]
        [string] $Log
    )

    @(Get-WinEvent -ComputerName $HostName -ListLog $Log -ErrorAction 'SilentlyContinue').Count -gt 0
}

function Get-GauntletXPath {
    <#
    .SYNOPSIS
        A filter by record id, event ids and time. Numbers and times only: nothing is quoted in.
    .PARAMETER Arguments
        The operation's arguments: afterRecordId, ids and, perhaps, sinceUtc.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $ids = @($Arguments.ids | ForEach-Object { 'EventID={0}' -f [int] $_ }) -join ' or '
    $parts = @('({0})' -f $ids)
    $after = Get-GauntletProperty -InputObject $Arguments -Name 'afterRecordId'
    if ($null -ne $after) {
        $parts += 'EventRecordID>{0}' -f [uint64] $after
    }
    $since = Get-GauntletProperty -InputObject $Arguments -Name 'sinceUtc'
    if ($null -ne $since) {
        # PowerShell 7 makes times of ISO texts by itself, 5.1 does not.
        if ($since -isnot [datetime]) {
            $since = [datetime]::Parse([string] $since, [System.Globalization.CultureInfo]::InvariantCulture, [System.Globalization.DateTimeStyles]::RoundtripKind)
        }
        $time = ConvertTo-GauntletUtc -Time $since
        $parts += "TimeCreated[@SystemTime>='{0}']" -f $time
    }
    '*[System[{0}]]' -f ($parts -join ' and ')
}

function Get-GauntletEvent {
    <#
    .SYNOPSIS
        New records of one log, oldest first; one page.
    .PARAMETER Arguments
        The operation's arguments: host, log, afterRecordId, ids, countMax.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $countMax = [int] $Arguments.countMax
    # The ends first: a record written in between is read by the next page, never skipped.
    $ends = Get-GauntletLogEnds -HostName $Arguments.host -Log $Arguments.log
    $xpath = Get-GauntletXPath -Arguments $Arguments
    $records = @(Get-GauntletRecords -HostName $Arguments.host -Log $Arguments.log -XPath $xpath -CountMax ($countMax + 1) -Oldest)
    ConvertTo-GauntletPage -Records $records -CountMax $countMax -Ends $ends
}

function ConvertTo-GauntletPage {
    <#
    .SYNOPSIS
        A page of records as XML, with the ends of their log.
    .PARAMETER Records
        One record more than fits, when there are more.
    .PARAMETER CountMax
        How many fit.
    .PARAMETER Ends
        The newest and the oldest record of the log.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [AllowEmptyCollection()]
        [object[]] $Records,
        [Parameter(Mandatory = $true)]
        [int] $CountMax,
        [Parameter(Mandatory = $true)]
        [hashtable] $Ends
    )

    $page = @($Records | Select-Object -First $CountMax | ForEach-Object {
            @{ recordId = [string] $_.RecordId; xml = [string] $_.ToXml() }
        })
    @{
        events         = $page
        newestRecordId = $Ends['newestRecordId']
        oldestRecordId = $Ends['oldestRecordId']
        more           = ($Records.Count -gt $CountMax)
    }
}
