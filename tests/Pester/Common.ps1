# What the tests share: the module under test, and a lab that is reached by its process id.

Import-Module "$env:TUNSTATS_MODULE/TunStats.psd1" -Force -ErrorAction Stop

$script:LabProgram = Join-Path $PSScriptRoot '../../artifacts/bin/TunStats.Lab/release/TunStats.Lab.dll'

function Open-Lab {
    # A process in a network namespace of its own, with a TUN device that drops packets. Null where that cannot be.
    param([string] $DeviceName = 'tailscale0')

    $start = [Diagnostics.ProcessStartInfo]::new('unshare')
    foreach ($word in '--net', 'dotnet', $LabProgram, $DeviceName) {
        $start.ArgumentList.Add($word)
    }

    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    if ($process.StandardOutput.ReadLine() -ne 'READY') {
        Close-Lab $process
        return $null
    }

    $process
}

function Close-Lab {
    # The lab ends with its input.
    param([Diagnostics.Process] $Process)

    if ($Process) {
        $Process.StandardInput.Close()
        $Process.WaitForExit()
        $Process.Dispose()
    }
}

function Test-Lab {
    # Whether this machine and user can have a lab.
    if (-not $IsLinux -or (id -u) -ne '0' -or -not (Get-Command unshare -ErrorAction Ignore)) {
        return $false
    }

    $lab = Open-Lab probe0
    Close-Lab $lab
    $null -ne $lab
}

function Invoke-CleanPwsh {
    # Runs a script in a PowerShell of its own and returns what it wrote.
    param([string] $Script)

    (Get-Process -Id $PID).Path | ForEach-Object { & $_ -NoProfile -NonInteractive -Command $Script 2>&1 }
}

function Wait-Until {
    # Looks again and again, for a time that no slow machine needs.
    param([scriptblock] $Condition)

    $watch = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($watch.Elapsed.TotalSeconds -gt 60) {
            throw "This did not come true: $Condition"
        }

        [Threading.Thread]::Sleep(10)
    }
}
