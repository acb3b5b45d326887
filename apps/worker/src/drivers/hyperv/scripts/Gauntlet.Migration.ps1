# Moves: started and left; the worker polls, because no call's return proves anything.

function Get-GauntletVmResource {
    <#
    .SYNOPSIS
        The cluster's resource of a VM, by its id: renaming a VM renames neither group nor resource.
    .PARAMETER Cluster
        The cluster.
    .PARAMETER VmId
        The VM's id.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $Cluster,
        [Parameter(Mandatory = $true)]
        [string] $VmId
    )

    $wanted = [guid] $VmId
    $known = (Get-Command -Name 'Get-ClusterResource').Parameters
    if ($known.ContainsKey('VMId')) {
        # 2012 and newer: one question instead of one for each VM of the cluster.
        $found = @(Get-ClusterResource -Cluster $Cluster -VMId $wanted -ErrorAction 'SilentlyContinue')
        return ($found | Where-Object { [string] $_.ResourceType -eq 'Virtual Machine' } | Select-Object -First 1)
    }
    foreach ($resource in @(Get-ClusterResource -Cluster $Cluster)) {
        if ([string] $resource.ResourceType -eq 'Virtual Machine') {
            $parameter = Get-ClusterParameter -InputObject $resource -Name 'VmId'
            if ([guid] $parameter.Value -eq $wanted) {
                return $resource
            }
        }
    }
    $null
}

function Get-GauntletParameter {
    <#
    .SYNOPSIS
        One private property of a resource; null where the version of the cluster has none.
    .PARAMETER Resource
        A cluster resource.
    .PARAMETER Name
        MigrationState, MigrationFailureReason, CheckHeartbeat, ...
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Resource,
        [Parameter(Mandatory = $true)]
        [string] $Name
    )

    try {
        (Get-ClusterParameter -InputObject $Resource -Name $Name).Value
    }
    catch {
        $null
    }
}

function Get-GauntletVmLocation {
    <#
    .SYNOPSIS
        Where VMs are and what the cluster is doing to them.
    .PARAMETER Arguments
        The operation's arguments: vmIds.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $rows = @()
    if (Test-GauntletClustered -Arguments $Arguments) {
        $rows = @($Arguments.vmIds | ForEach-Object {
                Get-GauntletClusteredLocation -Cluster $Arguments.where.cluster -VmId $_
            })
    }
    else {
        $rows = @($Arguments.vmIds | ForEach-Object {
                Get-GauntletStandaloneLocation -HostNames @($Arguments.where.hosts) -VmId $_
            })
    }
    @{ vms = $rows }
}

function New-GauntletLocation {
    <#
    .SYNOPSIS
        A VM that was not found; callers fill in what they know.
    .PARAMETER VmId
        The VM's id.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $VmId
    )

    @{
        id                = $VmId
        found             = $false
        name              = $null
        host              = $null
        state             = 'unknown'
        groupState        = 'unknown'
        queued            = $false
        migrationState    = $null
        migrationProgress = $null
        failureHresult    = $null
    }
}

function Get-GauntletClusteredLocation {
    <#
    .SYNOPSIS
        Owner, group state and the resource's own word of its migration.
    .PARAMETER Cluster
        The cluster.
    .PARAMETER VmId
        The VM's id.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string] $Cluster,
        [Parameter(Mandatory = $true)]
        [string] $VmId
    )

    $row = New-GauntletLocation -VmId $VmId
    $resource = Get-GauntletVmResource -Cluster $Cluster -VmId $VmId
    if ($null -eq $resource) {
        return $row
    }
    $group = Get-ClusterGroup -Cluster $Cluster -Name ([string] $resource.OwnerGroup)
    $status = Get-GauntletProperty -InputObject $group -Name 'StatusInformation'
    $row['found'] = $true
    # As good a name as any while the owner does not answer: it is the VM's own by default.
    $row['name'] = [string] $group.Name
    $row['host'] = [string] $group.OwnerNode
    $row['groupState'] = ConvertTo-GauntletGroupState -State ([string] $group.State)
    # Bit 4: waiting in the queue of moves.
    $row['queued'] = ($null -ne $status) -and (([int] $status -band 4) -ne 0)
    $row['migrationState'] = Get-GauntletParameter -Resource $resource -Name 'MigrationState'
    $row['migrationProgress'] = Get-GauntletParameter -Resource $resource -Name 'MigrationProgress'
    $reason = Get-GauntletParameter -Resource $resource -Name 'MigrationFailureReason'
    if (($null -ne $reason) -and ([int64] $reason -ne 0)) {
        $row['failureHresult'] = '0x{0:X8}' -f ([int64] $reason -band 4294967295)
    }
    $vm = @(Get-VM -Id ([guid] $VmId) -ComputerName $row['host'] -ErrorAction 'SilentlyContinue')
    if ($vm.Count -eq 1) {
        $row['name'] = [string] $vm[0].Name
        $row['state'] = ConvertTo-GauntletVmState -State ([string] $vm[0].State)
    }
    $row
}

function ConvertTo-GauntletGroupState {
    <#
    .SYNOPSIS
        online, offline, failed, partial, pending or unknown.
    .PARAMETER State
        The group's State, by its name.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [AllowEmptyString()]
        [string] $State
    )

    if ($State -eq 'Online') { return 'online' }
    if ($State -eq 'Offline') { return 'offline' }
    if ($State -eq 'Failed') { return 'failed' }
    if ($State -eq 'PartialOnline') { return 'partial' }
    if ($State -eq 'Pending') { return 'pending' }
    'unknown'
}

function Get-GauntletStandaloneLocation {
    <#
    .SYNOPSIS
        The host that runs a VM. While it moves, both may list it; a migration job tells.
    .PARAMETER HostNames
        Hosts to ask.
    .PARAMETER VmId
        The VM's id.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string[]] $HostNames,
        [Parameter(Mandatory = $true)]
        [string] $VmId
    )

    $row = New-GauntletLocation -VmId $VmId
    foreach ($name in $HostNames) {
        $vm = @(Get-VM -Id ([guid] $VmId) -ComputerName $name -ErrorAction 'SilentlyContinue')
        if ($vm.Count -ne 1) {
            continue
        }
        $state = ConvertTo-GauntletVmState -State ([string] $vm[0].State)
        if ((-not $row['found']) -or ($state -eq 'running')) {
            $row['host'] = $name
            $row['state'] = $state
        }
        $row['found'] = $true
        $row['name'] = [string] $vm[0].Name
        $filter = "VirtualSystemName='{0}' AND JobState=4" -f ([guid] $VmId).ToString().ToUpperInvariant()
        $jobs = @(Get-GauntletCim -HostName $name -ClassName 'Msvm_MigrationJob' -Namespace 'root\virtualization\v2' -Filter $filter)
        if ($jobs.Count -gt 0) {
            $row['migrationState'] = 2
        }
    }
    $row
}

function Start-GauntletMigration {
    <#
    .SYNOPSIS
        Starts a live migration and returns at once.
    .DESCRIPTION
        Move-ClusterVirtualMachineRole is called with what this version of it knows: Windows Server
        2008 R2 had no MigrationType (live is its default there), and Wait may be missing.
    .PARAMETER Arguments
        The operation's arguments: vmId, source and target.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    if (Test-GauntletClustered -Arguments $Arguments) {
        $cluster = $Arguments.where.cluster
        $resource = Get-GauntletVmResource -Cluster $cluster -VmId $Arguments.vmId
        if ($null -eq $resource) {
            throw [System.InvalidOperationException] 'The cluster has no such VM.'
        }
        $known = (Get-Command -Name 'Move-ClusterVirtualMachineRole').Parameters
        $move = @{ Name = [string] $resource.OwnerGroup; Node = $Arguments.target; Cluster = $cluster }
        if ($known.ContainsKey('MigrationType')) {
            $move['MigrationType'] = 'Live'
        }
        if ($known.ContainsKey('Wait')) {
            $move['Wait'] = 0
        }
        $null = Move-ClusterVirtualMachineRole @move
    }
    else {
        $vm = Get-VM -Id ([guid] $Arguments.vmId) -ComputerName $Arguments.source
        $null = Move-VM -VM $vm -DestinationHost $Arguments.target -AsJob
    }
    @{ started = $true }
}

function Stop-GauntletMigration {
    <#
    .SYNOPSIS
        Cancels a live migration. Nothing to cancel is no error: it may have finished meanwhile.
    .PARAMETER Arguments
        The operation's arguments: vmId and source.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $cancelled = $false
    if (Test-GauntletClustered -Arguments $Arguments) {
        $cluster = $Arguments.where.cluster
        $resource = Get-GauntletVmResource -Cluster $cluster -VmId $Arguments.vmId
        if ($null -ne $resource) {
            try {
                $null = Move-ClusterVirtualMachineRole -Name ([string] $resource.OwnerGroup) -Cluster $cluster -Cancel
                $cancelled = $true
            }
            catch {
                # 5023: not in a state to be cancelled.
                if ((Get-GauntletHResult -Exception $_.Exception.GetBaseException()) -notmatch '(139F|0000139F)$') {
                    throw
                }
            }
        }
    }
    else {
        $cancelled = Stop-GauntletMigrationJob -HostName $Arguments.source -VmId $Arguments.vmId
    }
    @{ cancelled = $cancelled }
}

function Stop-GauntletMigrationJob {
    <#
    .SYNOPSIS
        Ends the migration job of a VM on a standalone host; false when there is none.
    .PARAMETER HostName
        The source.
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

    $cancelled = $false
    $filter = "VirtualSystemName='{0}' AND JobState=4" -f ([guid] $VmId).ToString().ToUpperInvariant()
    $option = New-CimSessionOption -Protocol 'Dcom'
    $session = New-CimSession -ComputerName $HostName -SessionOption $option
    try {
        foreach ($job in @(Get-CimInstance -CimSession $session -Namespace 'root\virtualization\v2' -ClassName 'Msvm_MigrationJob' -Filter $filter)) {
            # 4: terminate, and clean up.
            $null = Invoke-CimMethod -InputObject $job -CimSession $session -MethodName 'RequestStateChange' -Arguments @{ RequestedState = [uint16] 4 }
            $cancelled = $true
        }
    }
    finally {
        Remove-CimSession -CimSession $session
    }
    $cancelled
}
