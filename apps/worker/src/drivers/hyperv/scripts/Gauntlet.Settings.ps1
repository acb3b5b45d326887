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
