# Hosts of Windows Server 2008 R2, driven from a newer machine: they have no Hyper-V module, only
# the WMI namespace root\virtualization, and PowerShell 2.0, which knows no JSON.

$script:WmiV1Namespace = 'root\virtualization'

function Get-GauntletSystemWmiV1 {
    <#
    .SYNOPSIS
        The Msvm_ComputerSystem of VMs on a host. Its Name is the VM's id.
    .PARAMETER HostName
        A host.
    .PARAMETER VmId
        One VM; left out, all.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $HostName,
        [string] $VmId = ''
    )

    $filter = "Caption='Virtual Machine'"
    if ($VmId -ne '') {
        $filter = "Name='{0}'" -f ([guid] $VmId).ToString().ToUpperInvariant()
    }
    Get-WmiObject -Namespace $script:WmiV1Namespace -Class 'Msvm_ComputerSystem' -Filter $filter -ComputerName $HostName
}

function ConvertTo-GauntletStateWmiV1 {
    <#
    .SYNOPSIS
        running, off, paused or unknown, from EnabledState.
    .PARAMETER EnabledState
        2 on, 3 off, 32768 paused, 32769 suspended, 32770 starting, 32773 saving, 32774 stopping.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [int] $EnabledState
    )

    if (@(2, 32770, 32774) -contains $EnabledState) { return 'running' }
    if (@(3, 32769) -contains $EnabledState) { return 'off' }
    if (@(32768, 32773) -contains $EnabledState) { return 'paused' }
    'unknown'
}

function Get-GauntletHostWmiV1 {
    <#
    .SYNOPSIS
        Versions and hotfixes of one host. It takes part in one live migration at a time.
    .PARAMETER Arguments
        The operation's arguments, with the host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $row = Get-GauntletHostBasics -HostName $Arguments.host
    $row['migrationsMax'] = 1
    $row
}

function Get-GauntletHeartbeatWmiV1 {
    <#
    .SYNOPSIS
        Heartbeats of all VMs of one host, by OperationalStatus: 2 ok, 6 error, 12 none, 13 lost.
    .PARAMETER Arguments
        The operation's arguments, with the host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $beats = @{}
    foreach ($component in @(Get-WmiObject -Namespace $script:WmiV1Namespace -Class 'Msvm_HeartbeatComponent' -ComputerName $Arguments.host)) {
        $status = @($component.OperationalStatus)[0]
        $beat = 'unknown'
        if ($status -eq 2) { $beat = 'ok' }
        if ($status -eq 6) { $beat = 'error' }
        if ($status -eq 12) { $beat = 'no-contact' }
        if ($status -eq 13) { $beat = 'lost' }
        $beats[([string] $component.SystemName).ToLowerInvariant()] = $beat
    }
    $rows = @(Get-GauntletSystemWmiV1 -HostName $Arguments.host | ForEach-Object {
            $id = ([string] $_.Name).ToLowerInvariant()
            $beat = 'unknown'
            if ($beats.ContainsKey($id)) { $beat = $beats[$id] }
            @{ id = $id; state = (ConvertTo-GauntletStateWmiV1 -EnabledState $_.EnabledState); heartbeat = $beat }
        })
    @{ vms = $rows }
}

function Get-GauntletVmListWmiV1 {
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

    $all = @()
    foreach ($name in @(Get-GauntletHostNames -Arguments $Arguments)) {
        $all += @(Get-GauntletSystemWmiV1 -HostName $name | ForEach-Object {
                @{
                    id    = ([string] $_.Name).ToLowerInvariant()
                    name  = [string] $_.ElementName
                    host  = $name
                    state = (ConvertTo-GauntletStateWmiV1 -EnabledState $_.EnabledState)
                }
            })
    }
    $sorted = @($all | Sort-Object -Property { $_['id'] })
    $page = @($sorted | Select-Object -Skip ([int] $Arguments.skip) -First ([int] $Arguments.countMax))
    @{ vms = $page; more = (([int] $Arguments.skip + $page.Count) -lt $sorted.Count) }
}

function Get-GauntletVmLocationWmiV1 {
    <#
    .SYNOPSIS
        Where VMs are, by the cluster's word and by that of its owner's WMI.
    .PARAMETER Arguments
        The operation's arguments: vmIds.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $cluster = $Arguments.where.cluster
    $rows = @($Arguments.vmIds | ForEach-Object {
            $vmId = $_
            $row = New-GauntletLocation -VmId $vmId
            $resource = Get-GauntletVmResource -Cluster $cluster -VmId $vmId
            if ($null -ne $resource) {
                $group = Get-ClusterGroup -Cluster $cluster -Name ([string] $resource.OwnerGroup)
                $row['found'] = $true
                $row['host'] = [string] $group.OwnerNode
                $row['groupState'] = ConvertTo-GauntletGroupState -State ([string] $group.State)
                $row['migrationState'] = Get-GauntletParameter -Resource $resource -Name 'MigrationState'
                $row['migrationProgress'] = Get-GauntletParameter -Resource $resource -Name 'MigrationProgress'
                $system = @(Get-GauntletSystemWmiV1 -HostName $row['host'] -VmId $vmId)
                if ($system.Count -eq 1) {
                    $row['name'] = [string] $system[0].ElementName
                    $row['state'] = ConvertTo-GauntletStateWmiV1 -EnabledState $system[0].EnabledState
                }
            }
            $row
        })
    @{ vms = $rows }
}

function Get-GauntletVmWmiV1 {
    <#
    .SYNOPSIS
        One VM: processors, memory, compatibility and disks, from its active settings.
    .PARAMETER Arguments
        The operation's arguments: vmId and host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $id = ([guid] $Arguments.vmId).ToString().ToUpperInvariant()
    $like = "InstanceID LIKE 'Microsoft:{0}%'" -f $id
    $query = @{ Namespace = $script:WmiV1Namespace; Filter = $like; ComputerName = $Arguments.host }
    $processor = @(Get-WmiObject -Class 'Msvm_ProcessorSettingData' @query)[0]
    $memory = @(Get-WmiObject -Class 'Msvm_MemorySettingData' @query)[0]
    $resources = @(Get-WmiObject -Class 'Msvm_ResourceAllocationSettingData' @query)
    @{
        vcpus                  = [int] $processor.VirtualQuantity
        memoryMiB              = [int] $memory.VirtualQuantity
        processorCompatibility = [bool] $processor.LimitProcessorFeatures
        integrationServices    = $null
        guestOs                = $null
        tags                   = @()
        disks                  = @(Get-GauntletDiskWmiV1 -Resources $resources -HostName $Arguments.host)
    }
}

function Get-GauntletDiskWmiV1 {
    <#
    .SYNOPSIS
        Virtual disks with the controller they hang on and their type.
    .PARAMETER Resources
        The VM's resource settings.
    .PARAMETER HostName
        The host that runs it.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [AllowEmptyCollection()]
        [object[]] $Resources,
        [Parameter(Mandatory = $true)]
        [string] $HostName
    )

    $images = Get-WmiObject -Namespace $script:WmiV1Namespace -Class 'Msvm_ImageManagementService' -ComputerName $HostName
    foreach ($disk in @($Resources | Where-Object { $_.ResourceSubType -eq 'Microsoft Virtual Hard Disk' })) {
        $drive = [wmi] $disk.Parent
        $controller = [wmi] $drive.Parent
        $kind = 'ide'
        if ([string] $controller.ResourceSubType -match 'SCSI') { $kind = 'scsi' }
        $info = ([xml] $images.GetVirtualHardDiskInfo(@($disk.Connection)[0]).Info).INSTANCE.PROPERTY
        $type = [int] ($info | Where-Object { $_.NAME -eq 'Type' }).VALUE
        $format = 'dynamic'
        if ($type -eq 2) { $format = 'fixed' }
        if ($type -eq 4) { $format = 'differencing' }
        @{
            controller  = $kind
            format      = $format
            sizeMaxMiB  = [math]::Round([double] ($info | Where-Object { $_.NAME -eq 'MaxInternalSize' }).VALUE / 1048576)
            fileSizeMiB = [math]::Round([double] ($info | Where-Object { $_.NAME -eq 'FileSize' }).VALUE / 1048576)
        }
    }
}

function Start-GauntletMigrationWmiV1 {
    <#
    .SYNOPSIS
        Starts a live migration through the cluster: its own cmdlet, with what it knows.
    .PARAMETER Arguments
        The operation's arguments: vmId, source and target.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    if (-not (Test-GauntletClustered -Arguments $Arguments)) {
        throw [System.NotSupportedException] 'Windows Server 2008 R2 moves clustered VMs only.'
    }
    Start-GauntletMigration -Arguments $Arguments
}

function Set-GauntletStateWmiV1 {
    <#
    .SYNOPSIS
        Asks a VM to change its state and checks that the request was taken.
    .PARAMETER Arguments
        The operation's arguments: vmId and host.
    .PARAMETER State
        2 on, 3 off, 10 reset.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments,
        [Parameter(Mandatory = $true)]
        [int] $State
    )

    $system = Get-GauntletSystemWmiV1 -HostName $Arguments.host -VmId $Arguments.vmId
    $result = $system.RequestStateChange($State)
    # 0: done; 4096: a job was started.
    if (@(0, 4096) -notcontains $result.ReturnValue) {
        throw [System.InvalidOperationException] ('The VM refused state {0}: {1}.' -f $State, $result.ReturnValue)
    }
    @{ done = $true }
}

function Stop-GauntletVmWmiV1 {
    <#
    .SYNOPSIS
        Cuts the power of a VM.
    .PARAMETER Arguments
        The operation's arguments: vmId and host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    Set-GauntletStateWmiV1 -Arguments $Arguments -State 3
}

function Start-GauntletVmWmiV1 {
    <#
    .SYNOPSIS
        Starts a VM.
    .PARAMETER Arguments
        The operation's arguments: vmId and host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    Set-GauntletStateWmiV1 -Arguments $Arguments -State 2
}

function Reset-GauntletVmWmiV1 {
    <#
    .SYNOPSIS
        Resets a VM hard.
    .PARAMETER Arguments
        The operation's arguments: vmId and host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    Set-GauntletStateWmiV1 -Arguments $Arguments -State 10
}

function Send-GauntletNmiWmiV1 {
    <#
    .SYNOPSIS
        Says that hosts of Windows Server 2008 R2 have no such interrupt.
    .PARAMETER Arguments
        The operation's arguments: vmId and host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    throw [System.NotSupportedException] ('Host {0} cannot inject an interrupt.' -f $Arguments.host)
}
