# Power: off, on, reset, and the non-maskable interrupt of the positive control.

function Stop-GauntletVm {
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

    $vm = Get-VM -Id ([guid] $Arguments.vmId) -ComputerName $Arguments.host
    Stop-VM -VM $vm -TurnOff -Force -Confirm:$false
    @{ done = $true }
}

function Start-GauntletVm {
    <#
    .SYNOPSIS
        Starts a VM on its host; one that runs already is left alone.
    .PARAMETER Arguments
        The operation's arguments: vmId and host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $vm = Get-VM -Id ([guid] $Arguments.vmId) -ComputerName $Arguments.host
    if ((ConvertTo-GauntletVmState -State ([string] $vm.State)) -ne 'running') {
        Start-VM -VM $vm -Confirm:$false
    }
    @{ done = $true }
}

function Reset-GauntletVm {
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

    $vm = Get-VM -Id ([guid] $Arguments.vmId) -ComputerName $Arguments.host
    Restart-VM -VM $vm -Force -Confirm:$false
    @{ done = $true }
}

function Send-GauntletNmi {
    <#
    .SYNOPSIS
        Injects a non-maskable interrupt: a Windows guest stops with 0x80. For one named VM only.
    .PARAMETER Arguments
        The operation's arguments: vmId and host.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object] $Arguments
    )

    $vm = Get-VM -Id ([guid] $Arguments.vmId) -ComputerName $Arguments.host
    Debug-VM -VM $vm -InjectNonMaskableInterrupt -Force -Confirm:$false
    @{ done = $true }
}
