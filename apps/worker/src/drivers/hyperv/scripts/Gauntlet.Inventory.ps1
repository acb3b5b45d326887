# What a cluster has: hosts, VMs, disks, versions, limits, heartbeats.

function Get-GauntletHostList {
    <#
    .SYNOPSIS
        Hosts and their states. Only hosts that are up take migrations.
    .PARAMETER Arguments
        The operation's arguments.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $parallelMax = $null
    $rows = @()
    if (Test-GauntletClustered -Arguments $Arguments) {
        $cluster = Get-Cluster -Name $Arguments.where.cluster
        # Since the updates of September 2022; null before.
        $parallelMax = Get-GauntletProperty -InputObject $cluster -Name 'MaximumParallelMigrations'
        $rows = @(Get-ClusterNode -Cluster $Arguments.where.cluster | ForEach-Object {
                @{ name = $_.Name; state = (ConvertTo-GauntletNodeState -Node $_) }
            })
    }
    else {
        $rows = @($Arguments.where.hosts | ForEach-Object {
                @{ name = $_; state = (Get-GauntletStandaloneState -HostName $_) }
            })
    }
    @{ hosts = $rows; parallelMax = $parallelMax }
}

function ConvertTo-GauntletNodeState {
    <#
    .SYNOPSIS
        up, down, paused or unknown. Isolated and quarantined nodes are unknown: not lost, not usable.
    .PARAMETER Node
        A ClusterNode.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Node
    )

    $information = [string] (Get-GauntletProperty -InputObject $Node -Name 'StatusInformation')
    if ($information -match 'Isolated|Quarantined') {
        return 'unknown'
    }
    $state = [string] $Node.State
    if ($state -eq 'Up') { return 'up' }
    if ($state -eq 'Down') { return 'down' }
    if ($state -eq 'Paused') { return 'paused' }
    'unknown'
}

function Get-GauntletStandaloneState {
    <#
    .SYNOPSIS
        up when the host's management service answers, else down.
    .PARAMETER HostName
        A host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $HostName
    )

    try {
        $null = Get-VMHost -ComputerName $HostName
        'up'
    }
    catch {
        'down'
    }
}

function Get-GauntletHost {
    <#
    .SYNOPSIS
        Versions of the files that decide, hotfixes, processor and limits of one host.
    .PARAMETER Arguments
        The operation's arguments, with the host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $row = Get-GauntletHostBasics -HostName $Arguments.host
    try {
        $vmHost = Get-VMHost -ComputerName $Arguments.host
        $row['migrationsMax'] = Get-GauntletProperty -InputObject $vmHost -Name 'MaximumVirtualMachineMigrations'
    }
    catch {
        $row['migrationsMax'] = $null
    }
    $row
}

function Get-GauntletHostBasics {
    <#
    .SYNOPSIS
        What can be read of any Windows host, whatever its Hyper-V interface.
    .PARAMETER HostName
        A host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $HostName
    )

    $os = Get-GauntletCim -HostName $HostName -ClassName 'Win32_OperatingSystem'
    $processor = @(Get-GauntletCim -HostName $HostName -ClassName 'Win32_Processor')[0]
    $hotfixes = @(Get-GauntletCim -HostName $HostName -ClassName 'Win32_QuickFixEngineering' | ForEach-Object { [string] $_.HotFixID })
    @{
        osBuild       = [string] $os.Version
        cpuVendor     = [string] $processor.Manufacturer
        files         = @(Get-GauntletFileVersion -HostName $HostName -Paths $script:HostFiles)
        hotfixes      = @($hotfixes | Where-Object { $_ -match '^KB\d+$' })
        migrationsMax = $null
        # In KiB. What its VMs hold is not free to the host: it is taken from the same memory.
        memoryMiB     = [math]::Floor($os.TotalVisibleMemorySize / 1024)
        memoryFreeMiB = [math]::Floor($os.FreePhysicalMemory / 1024)
        utc           = ConvertTo-GauntletUtc -Time $os.LocalDateTime
    }
}

# The hypervisor, the storage and network providers, the virtualization driver.
$script:HostFiles = @(
    'System32\hvix64.exe',
    'System32\hvax64.exe',
    'System32\drivers\hvboot.sys',
    'System32\hvboot.sys',
    'System32\drivers\storvsp.sys',
    'System32\drivers\vmswitch.sys',
    'System32\drivers\vid.sys'
)
$script:GuestFiles = @('System32\drivers\storvsc.sys', 'System32\drivers\vmbus.sys')

function Get-GauntletFileVersion {
    <#
    .SYNOPSIS
        Versions of files below the Windows folder, through the administrative share.
    .PARAMETER HostName
        A host, or a guest by its network name.
    .PARAMETER Paths
        Paths below the Windows folder.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $HostName,
        [Parameter(Mandatory = $true)]
        [string[]] $Paths
    )

    foreach ($path in $Paths) {
        $file = '\\' + $HostName + '\admin$\' + $path
        if (Test-Path -LiteralPath $file) {
            # The four numbers: the text may carry words, and is not kept up to date by every build.
            $info = [System.Diagnostics.FileVersionInfo]::GetVersionInfo($file)
            $version = '{0}.{1}.{2}.{3}' -f $info.FileMajorPart, $info.FileMinorPart, $info.FileBuildPart, $info.FilePrivatePart
            @{ name = (Split-Path -Path $path -Leaf).ToLowerInvariant(); version = $version }
        }
    }
}

function Get-GauntletAllVms {
    <#
    .SYNOPSIS
        All VMs of all hosts that answer; of a cluster only the clustered ones.
    .PARAMETER Arguments
        The operation's arguments.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    foreach ($name in @(Get-GauntletHostNames -Arguments $Arguments)) {
        # A host that refuses is an error: its VMs must not vanish from the inventory in silence.
        $found = @(Get-VM -ComputerName $name)
        if (Test-GauntletClustered -Arguments $Arguments) {
            $found = @($found | Where-Object { $_.IsClustered })
        }
        $found
    }
}

function ConvertTo-GauntletVmState {
    <#
    .SYNOPSIS
        running, off, paused, failed or unknown.
    .PARAMETER State
        The VM's State, by its name: names of enumerations are not translated.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [AllowEmptyString()]
        [string] $State
    )

    if ($State -match '^(Running|Starting|Resuming|ForceShutdown|Stopping|Reset)') { return 'running' }
    if ($State -match '^(Off|Saved|FastSaved|Hibernated)$') { return 'off' }
    if ($State -match '^(Paused|Pausing|Saving|FastSaving)$') { return 'paused' }
    if ($State -match 'Critical$') { return 'failed' }
    'unknown'
}

function Get-GauntletVmList {
    <#
    .SYNOPSIS
        VMs with id, name, host and state; one page.
    .PARAMETER Arguments
        The operation's arguments: skip and countMax.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $all = @(Get-GauntletAllVms -Arguments $Arguments | Sort-Object -Property 'Id')
    $page = @($all | Select-Object -Skip ([int] $Arguments.skip) -First ([int] $Arguments.countMax))
    $rows = @($page | ForEach-Object {
            @{
                id    = [string] $_.Id
                name  = [string] $_.Name
                host  = [string] $_.ComputerName
                state = (ConvertTo-GauntletVmState -State ([string] $_.State))
            }
        })
    @{ vms = $rows; more = (([int] $Arguments.skip + $page.Count) -lt $all.Count) }
}

function Get-GauntletVm {
    <#
    .SYNOPSIS
        One VM: processors, memory, compatibility, integration services, disks.
    .PARAMETER Arguments
        The operation's arguments: vmId and host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    # By id: names are not unique, and -Name takes wildcards.
    $vm = Get-VM -Id ([guid] $Arguments.vmId) -ComputerName $Arguments.host
    $processor = Get-VMProcessor -VM $vm
    @{
        vcpus                  = [int] $processor.Count
        memoryMiB              = [math]::Round($vm.MemoryStartup / 1048576)
        processorCompatibility = [bool] $processor.CompatibilityForMigrationEnabled
        integrationServices    = [string] (Get-GauntletProperty -InputObject $vm -Name 'IntegrationServicesVersion')
        guestOs                = Get-GauntletGuestOs -HostName $Arguments.host -VmId $Arguments.vmId
        tags                   = @(Get-GauntletTag -Notes ([string] $vm.Notes))
        disks                  = @(Get-GauntletDisk -VM $vm -HostName $Arguments.host)
    }
}

function Get-GauntletTag {
    <#
    .SYNOPSIS
        Words that begin with # in the notes of a VM.
    .PARAMETER Notes
        The notes.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [AllowEmptyString()]
        [string] $Notes
    )

    foreach ($match in [regex]::Matches($Notes, '#([\w-]{1,64})')) {
        $match.Groups[1].Value
    }
}

function Get-GauntletDisk {
    <#
    .SYNOPSIS
        Virtual disks with controller and type. A disk in use can be read on its owner only.
    .PARAMETER VM
        A VM.
    .PARAMETER HostName
        The host that runs it.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $VM,
        [Parameter(Mandatory = $true)]
        [string] $HostName
    )

    foreach ($drive in @(Get-VMHardDiskDrive -VM $VM)) {
        $row = @{
            controller  = ([string] $drive.ControllerType).ToLowerInvariant()
            format      = 'passthrough'
            sizeMaxMiB  = 0
            fileSizeMiB = $null
        }
        if ([string] $drive.Path -match '\.(a)?vhd(x|s)?$') {
            $vhd = Get-VHD -Path $drive.Path -ComputerName $HostName
            $row['format'] = ([string] $vhd.VhdType).ToLowerInvariant()
            $row['sizeMaxMiB'] = [math]::Round($vhd.Size / 1048576)
            $row['fileSizeMiB'] = [math]::Round($vhd.FileSize / 1048576)
        }
        $row
    }
}

function Get-GauntletGuestOs {
    <#
    .SYNOPSIS
        The guest's own name of its system, from its integration services; null when it says none.
    .PARAMETER HostName
        The host that runs it.
    .PARAMETER VmId
        The VM's id.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $HostName,
        [Parameter(Mandatory = $true)]
        [string] $VmId
    )

    try {
        $filter = "SystemName='{0}'" -f ([guid] $VmId).ToString().ToUpperInvariant()
        $exchange = Get-GauntletCim -HostName $HostName -ClassName 'Msvm_KvpExchangeComponent' -Namespace 'root\virtualization\v2' -Filter $filter
        foreach ($item in @($exchange.GuestIntrinsicExchangeItems)) {
            $properties = ([xml] $item).INSTANCE.PROPERTY
            $name = ($properties | Where-Object { $_.NAME -eq 'Name' }).VALUE
            if ($name -eq 'OSName') {
                return [string] ($properties | Where-Object { $_.NAME -eq 'Data' }).VALUE
            }
        }
    }
    catch {
        return $null
    }
    $null
}

function Get-GauntletHeartbeat {
    <#
    .SYNOPSIS
        Heartbeats of all VMs of one host. By the VM's own property: the service's name is translated.
    .PARAMETER Arguments
        The operation's arguments, with the host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $rows = @(Get-VM -ComputerName $Arguments.host | ForEach-Object {
            @{
                id        = [string] $_.Id
                state     = (ConvertTo-GauntletVmState -State ([string] $_.State))
                heartbeat = (ConvertTo-GauntletHeartbeat -Heartbeat ([string] $_.Heartbeat))
            }
        })
    @{ vms = $rows }
}

function ConvertTo-GauntletHeartbeat {
    <#
    .SYNOPSIS
        ok, no-contact, lost, error, disabled or unknown.
    .PARAMETER Heartbeat
        The VM's Heartbeat, by its name.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [AllowEmptyString()]
        [string] $Heartbeat
    )

    if ($Heartbeat -match '^Ok') { return 'ok' }
    if ($Heartbeat -eq 'NoContact') { return 'no-contact' }
    if ($Heartbeat -eq 'LostCommunication') { return 'lost' }
    if ($Heartbeat -eq 'Error') { return 'error' }
    if ($Heartbeat -eq 'Disabled') { return 'disabled' }
    'unknown'
}
