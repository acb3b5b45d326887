# What all operations share: the envelope, errors, and small readers.

$script:Marker = 'GAUNTLET/1'
$script:Credential = $null

function ConvertFrom-GauntletBase64 {
    <#
    .SYNOPSIS
        Text from base64 of UTF-8.
    .PARAMETER Text
        Base64.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $Text
    )

    [System.Text.Encoding]::UTF8.GetString([System.Convert]::FromBase64String($Text))
}

function Write-GauntletReply {
    <#
    .SYNOPSIS
        Prints the reply as one line of ASCII with a line feed, whatever the code page is.
    .PARAMETER Id
        The request's id.
    .PARAMETER Reply
        A hashtable; it gets the memory of this process added.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [AllowEmptyString()]
        [string] $Id,
        [Parameter(Mandatory = $true)]
        [hashtable] $Reply
    )

    $Reply['workingSetBytes'] = [System.Environment]::WorkingSet
    # By -InputObject: the pipeline would take single-element arrays apart. The default depth of 2
    # cuts silently.
    $json = ConvertTo-Json -InputObject $Reply -Compress -Depth 8
    $payload = [System.Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes($json))
    [System.Console]::Out.Write($script:Marker + ' ' + $Id + ' ' + $payload + "`n")
    [System.Console]::Out.Flush()
}

function ConvertTo-GauntletError {
    <#
    .SYNOPSIS
        What the worker classifies failures by: ids and codes first, words last.
    .PARAMETER ErrorRecord
        What catch was given.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [System.Management.Automation.ErrorRecord] $ErrorRecord
    )

    $exception = $ErrorRecord.Exception
    $deepest = $exception
    while ($null -ne $deepest.InnerException) {
        $deepest = $deepest.InnerException
    }
    @{
        fqid     = [string] $ErrorRecord.FullyQualifiedErrorId
        category = [string] $ErrorRecord.CategoryInfo.Category
        type     = $exception.GetType().FullName
        hresult  = Get-GauntletHResult -Exception $deepest
        message  = [string] $exception.Message
    }
}

function Get-GauntletHResult {
    <#
    .SYNOPSIS
        The HRESULT of an exception as 0x and eight digits; null for none.
    .PARAMETER Exception
        The deepest exception of a chain.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [System.Exception] $Exception
    )

    $code = 0
    if ($Exception -is [System.ComponentModel.Win32Exception]) {
        $code = $Exception.NativeErrorCode
    }
    else {
        $code = $Exception.HResult
    }
    if ($code -eq 0) {
        return $null
    }
    '0x{0:X8}' -f $code
}

function Get-GauntletAdapter {
    <#
    .SYNOPSIS
        hyperv, or wmi-v1 for hosts of Windows Server 2008 R2.
    .PARAMETER Arguments
        The operation's arguments.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    # A greeting says nothing of where.
    $where = Get-GauntletProperty -InputObject $Arguments -Name 'where'
    $adapter = Get-GauntletProperty -InputObject $where -Name 'adapter'
    if ($adapter -eq 'wmi-v1') {
        return 'wmi-v1'
    }
    'hyperv'
}

function Test-GauntletClustered {
    <#
    .SYNOPSIS
        True when the request is about a failover cluster.
    .PARAMETER Arguments
        The operation's arguments.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $Arguments.where.mode -eq 'cluster'
}

function Get-GauntletProperty {
    <#
    .SYNOPSIS
        A property that not every version of a type has; null where it is missing.
    .PARAMETER InputObject
        Any object.
    .PARAMETER Name
        The property's name.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [AllowNull()]
        [object] $InputObject,
        [Parameter(Mandatory = $true)]
        [string] $Name
    )

    if ($null -eq $InputObject) {
        return $null
    }
    $property = $InputObject.PSObject.Properties[$Name]
    if ($null -eq $property) {
        return $null
    }
    $property.Value
}

function Get-GauntletHostNames {
    <#
    .SYNOPSIS
        The hosts of the cluster that answer, or the hosts that were named.
    .PARAMETER Arguments
        The operation's arguments.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    if (Test-GauntletClustered -Arguments $Arguments) {
        $nodes = @(Get-ClusterNode -Cluster $Arguments.where.cluster)
        return @($nodes | Where-Object { [string] $_.State -ne 'Down' } | ForEach-Object { $_.Name })
    }
    @($Arguments.where.hosts)
}

function ConvertTo-GauntletUtc {
    <#
    .SYNOPSIS
        A time as ISO 8601 in UTC; null for none.
    .PARAMETER Time
        A DateTime or null.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [AllowNull()]
        [object] $Time
    )

    if ($null -eq $Time) {
        return $null
    }
    ([datetime] $Time).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [System.Globalization.CultureInfo]::InvariantCulture)
}

function Get-GauntletCim {
    <#
    .SYNOPSIS
        Instances of a WMI class of another machine, over DCOM: WS-Management is not on every host.
    .PARAMETER HostName
        A host.
    .PARAMETER ClassName
        The class.
    .PARAMETER Namespace
        Its namespace.
    .PARAMETER Filter
        A condition in WQL; left out, all.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $HostName,
        [Parameter(Mandatory = $true)]
        [string] $ClassName,
        [string] $Namespace = 'root\cimv2',
        [string] $Filter = ''
    )

    $option = New-CimSessionOption -Protocol 'Dcom'
    $session = New-CimSession -ComputerName $HostName -SessionOption $option
    try {
        $query = @{ CimSession = $session; Namespace = $Namespace; ClassName = $ClassName }
        if ($Filter -ne '') {
            $query['Filter'] = $Filter
        }
        Get-CimInstance @query
    }
    finally {
        Remove-CimSession -CimSession $session
    }
}

function Get-GauntletPing {
    <#
    .SYNOPSIS
        A sign of life, and what kind of shell this is.
    .PARAMETER Arguments
        The operation's arguments.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $edition = $PSVersionTable['PSEdition']
    if ($null -eq $edition) {
        $edition = 'Desktop'
    }
    $modules = @(Get-Module -Name 'Hyper-V', 'FailoverClusters' | ForEach-Object {
            @{ name = $_.Name; version = [string] $_.Version }
        })
    @{
        nonce     = Get-GauntletProperty -InputObject $Arguments -Name 'nonce'
        psVersion = [string] $PSVersionTable.PSVersion
        edition   = [string] $edition
        osBuild   = [string] [System.Environment]::OSVersion.Version
        hostName  = [System.Environment]::MachineName
        utc       = ConvertTo-GauntletUtc -Time ([datetime]::UtcNow)
        language  = [string] $ExecutionContext.SessionState.LanguageMode
        modules   = $modules
    }
}

function Set-GauntletCredential {
    <#
    .SYNOPSIS
        Keeps the credential for guests in this shell's memory, protected; nothing is stored.
    .PARAMETER Arguments
        The operation's arguments: user and password, or the name of a secret.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    if ($Arguments.secretName) {
        $script:Credential = Get-Secret -Name $Arguments.secretName
    }
    else {
        $secure = New-Object -TypeName 'System.Security.SecureString'
        foreach ($character in ([string] $Arguments.password).ToCharArray()) {
            $secure.AppendChar($character)
        }
        $secure.MakeReadOnly()
        $script:Credential = New-Object -TypeName 'System.Management.Automation.PSCredential' -ArgumentList $Arguments.user, $secure
    }
    @{ stored = $true }
}
