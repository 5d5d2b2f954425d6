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

function Enable-Tracking {
    # Connection tracking begins with the first rule that asks for it.
    param([Diagnostics.Process] $Lab)

    $rules = 'add table ip t; add chain ip t c { type filter hook output priority 0; };'
    nsenter --net --target $Lab.Id nft "$rules add rule ip t c ct state new accept"
}

function Open-PeerSocket {
    # A Unix socket in TestDrive that answers each connection: to what begins with GET with one text, to all else
    # with another.
    param([string] $Name, [string] $Http, [string] $Other)

    $path = Join-Path (Resolve-Path 'TestDrive:/').ProviderPath $Name
    Remove-Item $path -ErrorAction Ignore
    $listener = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
    $listener.Bind([Net.Sockets.UnixDomainSocketEndPoint]::new($path))
    $listener.Listen()
    $shell = [PowerShell]::Create().AddScript({
            param($Listener, $Http, $Other)
            try {
                while ($true) {
                    $connection = $Listener.Accept()
                    $buffer = [byte[]]::new(4096)
                    $text = [Text.Encoding]::ASCII.GetString($buffer, 0, $connection.Receive($buffer))
                    $answer = $text.StartsWith('GET ') ? $Http : $Other
                    $null = $connection.Send([Text.Encoding]::UTF8.GetBytes($answer))
                    $connection.Dispose()
                }
            }
            catch [Net.Sockets.SocketException], [ObjectDisposedException] {
                # The test is over.
                return
            }
        }).AddArgument($listener).AddArgument($Http).AddArgument($Other)
    [pscustomobject]@{ Path = $path; Listener = $listener; Shell = $shell; Run = $shell.BeginInvoke() }
}

function Close-PeerSocket {
    # Ends what answers at the socket.
    param($Socket)

    $Socket.Listener.Dispose()
    $null = $Socket.Shell.EndInvoke($Socket.Run)
    $Socket.Shell.Dispose()
}

function Open-Tailscale {
    # A socket that answers as a tailscaled with one peer.
    $status = Get-Content "$PSScriptRoot/../TunStats.Core.Tests/Vectors/tailscaled/status-a-after.json" -Raw
    Open-PeerSocket 'tailscaled.sock' "HTTP/1.0 200 OK`r`n`r`n$status" "HTTP/1.1 400 Bad Request`r`n`r`n"
}

function Get-Packet {
    # An IPv4 packet with UDP inside.
    param([byte[]] $From, [int] $FromPort, [byte[]] $To, [int] $ToPort, [int] $Size)

    $bytes = [byte[]] ((0x45, 0, ($Size -shr 8), ($Size -band 255), 0, 1, 0, 0, 64, 17, 0, 0) + $From + $To)
    $bytes += [byte[]] (($FromPort -shr 8), ($FromPort -band 255), ($ToPort -shr 8), ($ToPort -band 255))
    $bytes + [byte[]]::new($Size - $bytes.Length)
}

function Save-Capture {
    # A pcap file of raw IP packets, one a second.
    param([string] $Path, [object[]] $Packets, [int] $LinkType = 101)

    $stream = [IO.MemoryStream]::new()
    $writer = [IO.BinaryWriter]::new($stream)
    $writer.Write([uint] 2712847316)
    $writer.Write([uint] 0x00040002)
    foreach ($word in 0, 0, 65535, $LinkType) { $writer.Write([uint] $word) }
    $second = 1600000000
    foreach ($packet in $Packets) {
        foreach ($word in $second++, 0, $packet.Length, $packet.Length) { $writer.Write([uint] $word) }
        $writer.Write([byte[]] $packet)
    }

    [IO.File]::WriteAllBytes($Path, $stream.ToArray())
}
