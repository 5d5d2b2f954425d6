BeforeDiscovery {
    . "$PSScriptRoot/Common.ps1"
    $noLab = -not (Test-Lab)
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
}

Describe 'The logger' -Skip:$noLab {
    BeforeAll {
        $lab = Open-Lab tun0
        $there = @{ NetworkNamespace = "$($lab.Id)"; Physical = 'None' }
        nsenter --net --target $lab.Id ip address replace 100.64.0.1/10 dev tun0
        nsenter --net --target $lab.Id ip link set tun0 up
        nsenter --net --target $lab.Id ip route add 192.168.7.0/24 dev tun0

        function Send-Packet {
            param([string] $Address)

            nsenter --net --target $lab.Id bash -c "echo hi > /dev/udp/$Address/53"
        }

        function Wait-Message {
            # Sends until a message has it.
            param([scriptblock] $Wanted, [string] $Address = '100.64.0.2')

            $filter, $peer = $Wanted, $Address
            Wait-Until {
                Send-Packet $peer
                [bool](Test-Path $file) -and [bool](ConvertFrom-NetLogMessage -Path $file | Where-Object $filter)
            }
        }
    }

    AfterAll {
        Close-Lab $lab
    }

    BeforeEach {
        $file = Join-Path $TestDrive "$(New-Guid).jsonl"
        $job = $null
    }

    AfterEach {
        Get-Job | Where-Object PSJobTypeName -EQ 'TunStatsNetLogger' | Remove-Job -Force
    }

    It 'writes messages to a file and tells what it did' {
        $job = Start-NetLogger tun0 -Interval 0.2 -OutFile $file -JobName office @there
        $job.PSJobTypeName | Should -Be 'TunStatsNetLogger'
        Wait-Message { $_.VirtualTraffic.Count }
        $status = Get-NetLogger office
        $status.Device | Should -Be 'tun0'
        $status.Since | Should -BeOfType [datetime]
        $status.Windows | Should -BeGreaterThan 0
        $status.Messages | Should -BeGreaterThan 0
        $status.Sinks[0].Name | Should -Be "file $file"
        $job | Stop-Job
        $job.State | Should -Be 'Stopped'
        $job.Status.Sinks[0].SentMessages | Should -Be $job.Status.Messages
        $job.Output | Should -BeNullOrEmpty
        Get-NetLogger | Should -BeNullOrEmpty
        $lines = Get-Content $file | ConvertFrom-Json
        $lines.sequence | Should -Be (1..$lines.Count)
        $lines.logger | Sort-Object -Unique | Should -Be $job.Status.LoggerId
        (ConvertFrom-NetLogMessage -Path $file).Sequence | Should -Be $lines.sequence
    }

    It 'writes messages to the pipeline where there is no other destination' {
        $job = Start-NetLogger tun0 -Interval 0.2 -SchemaVersion 2 -NodeId n1 @there
        Wait-Until {
            Send-Packet 100.64.0.2
            $job.Output.Count
        }
        $message = $job | Receive-Job | Select-Object -First 1
        $message.GetType().FullName | Should -Be 'TunStats.NetLog.NetLogMessage'
        $message.NodeId | Should -Be 'n1'
        $message.LoggerId | Should -Be $job.Status.LoggerId
        $message.Sequence | Should -Be 1
    }

    It 'counts what nobody receives as dropped, and warns with the number' {
        $job = Start-NetLogger tun0 -Interval 0.05 -BufferSize 2 -JobName office @there
        $script:received, $script:warned = 0, 0
        function Receive-All {
            $script:received += @($job | Receive-Job -WarningVariable warnings -WarningAction SilentlyContinue).Count
            $warnings | ForEach-Object {
                $script:warned += [long] [regex]::Match($_, 'the (\d+) oldest').Groups[1].Value
            }
        }

        # A warning that nobody has received has the number of all that were dropped; another comes within a second.
        foreach ($count in 3, 6) {
            Wait-Until {
                Send-Packet 100.64.0.2
                (Get-NetLogger office).Dropped -ge $count
            }
            Wait-Until {
                Receive-All
                $script:warned -ge $count
            }
        }
        (Get-NetLogger office).Sinks[0].Name | Should -Be 'pipeline'
        $job | Stop-Job
        Receive-All
        $status = $job.Status
        $status.Sinks[0].SentMessages | Should -Be $script:received
        $status.Dropped | Should -Be $script:warned
        $status.Queued | Should -Be 0
        $script:received + $script:warned | Should -Be $status.Messages
    }

    It 'refuses a second logger of a device and names the first' {
        $job = Start-NetLogger tun0 -JobName office @there
        { Start-NetLogger tun0 @there -ErrorAction Stop } |
            Should -Throw "*already logged by 'office'*" -ErrorId 'AlreadyLogged,*'
    }

    It 'takes one name, and says so' {
        { Start-NetLogger tun0, tun1 @there } | Should -Throw '*2 names were given. Give one name*'
    }

    It 'takes other routes while it runs' {
        $job = Start-NetLogger tun0 -Interval 0.2 -OutFile $file -IncludeExit -JobName office @there
        Wait-Message { $_.SubnetTraffic.Count } -Address 192.168.7.9
        Set-NetLoggerRoute office -Overlay 192.168.0.0/16, 100.64.0.0/10 -WhatIf
        Set-NetLoggerRoute office -Overlay 192.168.0.0/16, 100.64.0.0/10
        Wait-Message { $_.VirtualTraffic.Dst -like '192.168.7.9:*' } -Address 192.168.7.9
        { Set-NetLoggerRoute office -Route 10.0.0.0/99 -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidPrefix,*'
    }

    It 'serves its metrics' {
        $job = Start-NetLogger tun0 -Interval 0.2 -OutFile $file -JobName office -MetricsEndpoint 127.0.0.1:0 @there
        Wait-Message { $_.VirtualTraffic.Count }
        $text = (Invoke-WebRequest $job.MetricsUrl).Content
        $text | Should -Match 'tunstats_logger_messages_total\{logger="office",device="tun0",namespace="\d+"\} [1-9]'
        $text | Should -Match 'sink="file [^"]+"\} [1-9]'
    }

    It 'has views that fit 80 columns' {
        $job = Start-NetLogger tun0 -OutFile $file -JobName office @there
        $text = Get-NetLogger | Out-String -Width 80
        $text | Should -Match '(?m)^office\s+tun0\s+\d\d-\d\d \d\d:\d\d:\d\dZ\s+0\s+0 B\s+0\s+0\s*$'
        $copy = [Management.Automation.PSSerializer]::Deserialize(
            [Management.Automation.PSSerializer]::Serialize((Get-NetLogger)))
        ($copy | Out-String -Width 80) | Should -Be $text
    }

    It 'never shows a token' {
        $token = [securestring]::new()
        's3cret-token'.ToCharArray() | ForEach-Object { $token.AppendChar($_) }
        $job = Start-NetLogger tun0 -Interval 0.2 -Uri http://127.0.0.1:9/ -Token $token @there
        Wait-Until {
            Send-Packet 100.64.0.2
            (Get-NetLogger).Sinks[0].IsFailing
        }
        $job | Stop-Job
        $all = $job, $job.Status, $job.Status.Sinks | Format-List * | Out-String
        ($all + ($job.Warning | Out-String)) | Should -Not -Match 's3cret'
        $status = $job.Status
        $status.Dropped | Should -BeGreaterThan 0
        $status.Queued | Should -Be 0
        $status.Sinks[0].SentMessages + $status.Dropped | Should -Be $status.Messages
        "$($job.Warning)" | Should -Match "http 127.0.0.1:9: $($status.Dropped) messages? (was|were) not delivered\."
    }

    It 'says what is wrong: <name>' -ForEach @(
        @{ name = 'device'; id = 'DeviceNotFound'; with = @{ Name = 'none0' } }
        @{ name = 'collector'; id = 'InvalidLogSink'; with = @{ Name = 'tun0'; Ipfix = 'foo://x' } }
        @{ name = 'file'; id = 'LogSinkFailed'; with = @{ Name = 'tun0'; OutFile = '/proc/none/x' } }
        @{ name = 'address'; id = 'LogSinkFailed'; with = @{ Name = 'tun0'; Uri = 'ftp://x/' } }
        @{ name = 'window'; id = 'InvalidWindow'; with = @{ Name = 'tun0'; Interval = 0.001 } }
        @{ name = 'no file'; id = 'ParameterHasNoEffect'; with = @{ Name = 'tun0'; MaxFiles = 3 } }
    ) {
        { Start-NetLogger @with @there -ErrorAction Stop } | Should -Throw -ErrorId "$id,*"
        Get-NetLogger | Should -BeNullOrEmpty
    }

    It 'names the parameter in the one error that <_.Keys> = <_.Values> gives' -ForEach @(
        @{ Interval = 'x' }, @{ Interval = 0.001 }
        @{ OutFile = '' }, @{ OutFile = '/no/such/x' }, @{ OutFile = '/tmp' }
        @{ MaxFileSize = 1 }, @{ MaxFileSize = 9999 }, @{ MaxFileAge = 'x' }, @{ MaxFileAge = 0.1; OutFile = 'x' }
        @{ MaxFiles = 0 }, @{ MaxFiles = 3; OutFile = 'x' }
        @{ MaxTotalSize = 1 }, @{ MaxTotalSize = 9999; OutFile = 'x' }
        @{ Uri = 'ftp://x/' }, @{ Uri = 'x' }, @{ Uri = 'http://u:p@h/' }, @{ HttpFormat = 'x' }
        @{ HttpHeader = @{ a = 'b' }; Uri = 'http://h/' }
        @{ HttpHeader = @{ 'a b' = [securestring]::new() }; Uri = 'http://h/' }
        @{ Token = 'x'; Uri = 'http://h/' }, @{ Token = [securestring]::new(); Uri = 'http://h/' }
        @{ TokenFile = '/no/such'; Uri = 'http://h/' }, @{ TokenVariable = 'NOTSET'; Uri = 'http://h/' }
        @{ HttpCaFile = '/dev/null'; Uri = 'https://h/' }, @{ HttpCertificateFile = '/dev/null'; Uri = 'http://h/' }
        @{ SpoolPath = '/etc/passwd'; Uri = 'http://h/' }, @{ SpoolPath = 'x' }, @{ MaxSpoolSize = 1 }
        @{ Ipfix = '' }, @{ Ipfix = 'foo://x' }, @{ Ipfix = 'h:99999' }, @{ IpfixCaFile = '/dev/null'; Ipfix = 'h' }
        @{ IpfixCaFile = '/no/such'; Ipfix = 'tls://h' }, @{ IpfixCertificateFile = '/dev/null'; Ipfix = 'tls://h' }
        @{ IpfixDomain = -1; Ipfix = 'h' }, @{ IpfixMaxBytes = 999; Ipfix = 'h' }, @{ IpfixRate = -1; Ipfix = 'h' }
        @{ IpfixEnterprise = 3 }, @{ Physical = 'x' }, @{ SchemaVersion = 3 }, @{ NodeId = 'x' }, @{ RingBuffer = 1 }
        @{ BufferSize = 0 }, @{ JobName = '' }, @{ KeepMetricsFile = $true }, @{ MetricsHost = 'x' }, @{ Force = $true }
    ) {
        $given = $_
        $parameter = @($given.Keys)[0]
        if ($given.Count -gt 1) {
            $parameter = @($given.Keys) | Where-Object { $_ -notin 'OutFile', 'Uri', 'Ipfix' }
        }

        if ($given.ContainsKey('OutFile') -and $given.OutFile -eq 'x') {
            $given.OutFile = $file
        }

        $found = $null
        try {
            Start-NetLogger tun0 @given @there -ErrorAction SilentlyContinue -ErrorVariable found
        } catch {
            $found = @($_)
        }

        $found | Should -HaveCount 1
        "$($found[0])" | Should -Match "(-|parameter ')$parameter\b"
        Get-NetLogger | Should -BeNullOrEmpty
    }

    It 'says that a logger does not run' {
        { Get-NetLogger none -ErrorAction Stop } | Should -Throw -ErrorId 'NetLoggerNotFound,*'
        { Set-NetLoggerRoute none -Route 10.0.0.0/8 -ErrorAction Stop } | Should -Throw -ErrorId 'NetLoggerNotFound,*'
        Get-NetLogger non* | Should -BeNullOrEmpty
    }

    It 'completes the names of loggers' {
        $job = Start-NetLogger tun0 -JobName 'an office' @there
        (TabExpansion2 'Set-NetLoggerRoute a' 20).CompletionMatches.CompletionText | Should -Contain "'an office'"
    }
}
