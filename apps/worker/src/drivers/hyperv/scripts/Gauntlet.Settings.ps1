# Settings of a clustered VM that meddle with crash detection.

function Get-GauntletSetting {
    <#
    .SYNOPSIS
        CheckHeartbeat of the VM's resource and the group's failover threshold.
    .PARAMETER Arguments
        The operation's arguments: vmId.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $row = @{ checkHeartbeat = $null; failoverThreshold = $null }
    if (Test-GauntletClustered -Arguments $Arguments) {
        $cluster = $Arguments.where.cluster
        $resource = Get-GauntletVmResource -Cluster $cluster -VmId $Arguments.vmId
        if ($null -ne $resource) {
            $group = Get-ClusterGroup -Cluster $cluster -Name ([string] $resource.OwnerGroup)
            $row['checkHeartbeat'] = Get-GauntletParameter -Resource $resource -Name 'CheckHeartbeat'
            $row['failoverThreshold'] = Get-GauntletProperty -InputObject $group -Name 'FailoverThreshold'
        }
    }
    $row
}

function Set-GauntletSetting {
    <#
    .SYNOPSIS
        Sets CheckHeartbeat: with it on, the cluster may reset a guest in the middle of its dump.
    .PARAMETER Arguments
        The operation's arguments: vmId and checkHeartbeat.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $resource = Get-GauntletVmResource -Cluster $Arguments.where.cluster -VmId $Arguments.vmId
    if ($null -eq $resource) {
        throw [System.InvalidOperationException] 'The cluster has no such VM.'
    }
    Set-ClusterParameter -InputObject $resource -Name 'CheckHeartbeat' -Value ([int] $Arguments.checkHeartbeat)
    @{ done = $true }
}
