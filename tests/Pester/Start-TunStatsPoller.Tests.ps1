BeforeDiscovery {
    . "$PSScriptRoot/Common.ps1"
    $noLab = -not (Test-Lab)
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
}

AfterAll {
    Get-Job | Where-Object PSJobTypeName -EQ TunStatsPoller | Remove-Job -Force
}

Describe 'Start-TunStatsPoller' {
    Context 'the job' {
        It 'completes after -MaxSamples and hands out its samples' {
            $job = Start-TunStatsPoller lo 0.1 -MaxSamples 3
            $job.PSJobTypeName | Should -Be 'TunStatsPoller'
            $job.Command | Should -BeLike '*Start-TunStatsPoller lo 0.1*'
            $samples = $job | Receive-Job -Wait
            $job.State | Should -Be 'Completed'
            $samples | Should -HaveCount 3
            $samples[0].GetType().FullName | Should -Be 'TunStats.Polling.LinkSample'
            $samples.SequenceNumber | Should -Be 1, 2, 3
            $samples[0].Event | Should -Be 'First'
            $samples[0].Increase | Should -BeNullOrEmpty
            $samples[2].Increase.RxBytes | Should -BeOfType [ulong]
            $samples[2].RxBytesPerSecond | Should -BeOfType [double]
            $job.HasMoreData | Should -BeFalse
            $job | Remove-Job
        }

        It 'adds link and queue to samples and metrics with -Detailed' {
            $path = Join-Path (Get-Item TestDrive:/).FullName detailed.prom
            $sample = Start-TunStatsPoller lo -MaxSamples 1 -Detailed -MetricsPath $path |
                Receive-Job -Wait -AutoRemoveJob
            $sample.Stats.GetType().FullName | Should -Be 'TunStats.Links.DetailedLinkStats'
            $sample.Stats.Qdisc | Should -Be 'noqueue'
            Get-Content $path -Raw |
                Should -Match "(?m)^tunstats_device_mtu_bytes\{device=""lo""\} $($sample.Stats.Mtu)$"
            Remove-Item $path
            $plain = Start-TunStatsPoller lo -MaxSamples 1 | Receive-Job -Wait -AutoRemoveJob
            $plain.Stats.PSObject.Properties.Name | Should -Not -Contain 'Mtu'
        }

        It 'is found by Get-Job and keeps its output with -Keep' {
            $job = Start-TunStatsPoller lo 0.1 -MaxSamples 2 -JobName poll-keep
            $null = $job | Wait-Job
            (Get-Job poll-keep).Id | Should -Be $job.Id
            $job.HasMoreData | Should -BeTrue
            Receive-Job $job -Keep | Should -HaveCount 2
            Receive-Job $job -Keep | Should -HaveCount 2
            Receive-Job $job | Should -HaveCount 2
            Receive-Job $job | Should -BeNullOrEmpty
            Remove-Job $job
        }

        It 'removes itself with -AutoRemoveJob' {
            $job = Start-TunStatsPoller lo 0.1 -MaxSamples 1
            $job | Receive-Job -Wait -AutoRemoveJob | Should -HaveCount 1
            Get-Job | Where-Object Id -EQ $job.Id | Should -BeNullOrEmpty
        }

        It 'is stopped, at once, between two beats' {
            $job = Start-TunStatsPoller lo 3600
            Wait-Until { $job.Output.Count -gt 0 }
            $job.State | Should -Be 'Running'
            Stop-Job $job
            $job.State | Should -Be 'Stopped'
            Receive-Job $job | Should -HaveCount 1
            Remove-Job $job
        }

        It 'is removed while it runs with -Force alone' {
            $job = Start-TunStatsPoller lo 3600
            { Remove-Job $job -ErrorAction Stop } | Should -Throw
            Remove-Job $job -Force
            Get-Job | Where-Object Id -EQ $job.Id | Should -BeNullOrEmpty
        }

        It 'says that the module was imported again' {
            $module = "$env:TUNSTATS_MODULE/TunStats.psd1"
            $told = Invoke-CleanPwsh "Import-Module $module; `$job = Start-TunStatsPoller lo 3600
                Import-Module $module -Force; `$null = Wait-Job `$job
                `$job.State; `$job.StatusMessage; `$job.Warning.Message
                `$job = Start-TunStatsPoller lo 3600; Stop-Job `$job; ""<`$(`$job.StatusMessage)>"""
            $told[0] | Should -Be 'Stopped'
            $told[1] | Should -BeLike '*imported again with -Force*'
            $told[2] | Should -Be $told[1]
            $told[3] | Should -Be '<>'
        }

        It 'makes no room for samples by dropping an error or a state' {
            $type = [TunStats.PowerShell.Jobs.BackgroundJob].Assembly.GetType('TunStats.PowerShell.Jobs.JobRecords')
            $flags = [Reflection.BindingFlags] 'Instance, NonPublic'
            $records = $type.GetConstructors($flags)[0].Invoke(@(2))
            $add = $type.GetMethod('Add', $flags)
            $take = $type.GetMethod('Take', $flags)
            $error1 = [Management.Automation.ErrorRecord]::new([Exception]::new('x'), 'id', 'NotSpecified', $null)
            foreach ($record in $error1, [Management.Automation.JobState]::Stopping) {
                $null = $add.Invoke($records, @($record))
            }

            foreach ($number in 1..5) {
                $add.Invoke($records, [object[]] @([psobject]::AsPSObject([pscustomobject] @{ N = $number })))
            }

            $type.GetMethod('TakeDropped', $flags).Invoke($records, @()) | Should -Be 3
            $taken = 1..4 | ForEach-Object { , $take.Invoke($records, @()) }
            $taken[0].FullyQualifiedErrorId | Should -Be 'id'
            $taken[1] | Should -Be 'Stopping'
            $taken[2].N | Should -Be 4
            $taken[3].N | Should -Be 5
        }

        It 'runs beside others, each for itself' {
            $jobs = 1..5 | ForEach-Object { Start-TunStatsPoller lo 0.1 -MaxSamples 2 }
            $null = $jobs | Wait-Job
            foreach ($job in $jobs) {
                Receive-Job $job | Should -HaveCount 2
            }

            $jobs | Remove-Job
        }

        It 'drops the oldest where its buffer is full, and says how many' {
            $job = Start-TunStatsPoller lo 0.1 -MaxSamples 5 -BufferSize 2
            $null = Wait-Job $job
            $samples = Receive-Job $job -WarningVariable warnings -WarningAction SilentlyContinue
            $samples.SequenceNumber | Should -Be 4, 5
            $warnings | Should -HaveCount 1
            $said = $warnings | ForEach-Object { [int] [regex]::Match($_, 'the (\d+) oldest').Groups[1].Value }
            ($said | Measure-Object -Sum).Sum | Should -Be 3
            Remove-Job $job
        }

        It 'tells of progress while -MaxSamples runs' {
            $job = Start-TunStatsPoller lo 0.1 -MaxSamples 2
            $null = Wait-Job $job
            $job.Progress[-1].PercentComplete | Should -Be 100
            Remove-Job $job
        }

        It 'goes through its states in order' {
            $job = Start-TunStatsPoller lo 3600
            $states = [Collections.Concurrent.ConcurrentQueue[string]]::new()
            Register-ObjectEvent $job StateChanged -MessageData $states -Action {
                $before = $EventArgs.PreviousJobStateInfo.State
                $Event.MessageData.Enqueue("$before > $($EventArgs.JobStateInfo.State)")
            } | Out-Null
            try {
                $job.State | Should -Be 'Running'
                $job.PSBeginTime | Should -Not -BeNullOrEmpty
                Stop-Job $job
                Stop-Job $job
                $job.PSEndTime | Should -Not -BeNullOrEmpty
                $job.StatusMessage | Should -BeNullOrEmpty
                $job.Location | Should -Be 'localhost'
                Wait-Until { $states.Count -ge 2 }
                # PowerShell may tell of the two in either order; each names the state that it came from.
                $states | Sort-Object | Should -Be 'Running > Stopping', 'Stopping > Stopped'
            }
            finally {
                Get-EventSubscriber | Where-Object SourceObject -EQ $job | Unregister-Event
                Remove-Job $job
            }
        }

        It 'polls on while a receiver is slow, and can be stopped from within it' {
            $job = Start-TunStatsPoller lo 0.1
            Wait-Until { $job.Output.Count -ge 3 }
            $received = [Collections.Generic.List[object]]::new()
            Receive-Job $job -Wait | ForEach-Object {
                $received.Add($_)
                if ($received.Count -eq 1) {
                    # The pipeline holds the job's writer here; the poller must not notice.
                    Wait-Until { $job.HasMoreData }
                    Stop-Job $job
                }
            }
            $received.Count | Should -BeGreaterOrEqual 3
            $received.MissedBeats | Measure-Object -Sum | ForEach-Object Sum | Should -Be 0
            Wait-Until { $job.State -eq 'Stopped' }
            Remove-Job $job
        }

        It 'can be removed by its own receiver' {
            $job = Start-TunStatsPoller lo 0.1
            Wait-Until { $job.Output.Count -ge 2 }
            $received = Receive-Job $job -Wait | ForEach-Object {
                Remove-Job $job -Force -ErrorAction Ignore
                $_
            }
            @($received).Count | Should -BeGreaterOrEqual 2
            $job.State | Should -Be 'Stopped'
            Get-Job | Where-Object Id -EQ $job.Id | Should -BeNullOrEmpty
        }

        It 'lets Ctrl+C out of Receive-Job -Wait and goes on' {
            $job = Start-TunStatsPoller lo 3600
            $shell = [powershell]::Create()
            try {
                $null = $shell.AddCommand('Receive-Job').AddParameter('Job', $job).AddParameter('Wait')
                $output = [Management.Automation.PSDataCollection[psobject]]::new()
                $running = $shell.BeginInvoke[psobject, psobject]($null, $output)
                Wait-Until { $output.Count -ge 1 }
                $running.IsCompleted | Should -BeFalse
                $shell.Stop()
                $job.State | Should -Be 'Running'
            }
            finally {
                $shell.Dispose()
                Remove-Job $job -Force
            }
        }

        It 'waits for a device that is not there, and says so once' {
            $job = Start-TunStatsPoller nosuch0 0.1 -MaxSamples 4
            $null = Wait-Job $job
            Receive-Job $job -ErrorVariable errors -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'DeviceNotFound*'
            $errors[0].TargetObject | Should -Be 'nosuch0'
            Remove-Job $job
        }

        It 'waits in silence for a wildcard' {
            $job = Start-TunStatsPoller nosuch* 0.1 -MaxSamples 2
            $null = Wait-Job $job
            $job.Error.Count | Should -Be 0
            Remove-Job $job
        }

        It 'tells of a device that came in the verbose stream' {
            $job = Start-TunStatsPoller lo 0.1 -MaxSamples 1
            $null = Wait-Job $job
            $job.Verbose[0].Message | Should -BeLike 'lo (index 1, loopback) is present.'
            Remove-Job $job
        }
    }

    Context 'bad input' {
        It 'refuses the interval <_> s' -ForEach 0.05, -1, 90000 {
            $caught = { Start-TunStatsPoller lo $_ } | Should -Throw -PassThru
            $caught.FullyQualifiedErrorId | Should -BeLike 'InvalidPollerOption,*'
            $caught.CategoryInfo.Category | Should -Be 'InvalidArgument'
            $caught.Exception.Message | Should -BeLike '-SampleInterval: * 0.1 s to 1 day.'
        }

        It 'takes a bare number as seconds, and a TimeSpan as it is' {
            $attribute = [TunStats.PowerShell.Completion.SecondsAttribute]::new()
            $attribute.Transform($null, 15) | Should -Be ([timespan] '00:00:15')
            $attribute.Transform($null, '0.5') | Should -Be ([timespan] '00:00:00.5')
            $attribute.Transform($null, [timespan] '00:01:00') | Should -Be ([timespan] '00:01:00')
            $attribute.Transform($null, '00:01:00') | Should -Be '00:01:00'
        }

        It 'refuses -MaxSamples 0 and -BufferSize 0' {
            { Start-TunStatsPoller lo -MaxSamples 0 } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
            { Start-TunStatsPoller lo -BufferSize 0 } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
        }

        It 'refuses a name that cannot be one' {
            $caught = { Start-TunStatsPoller 'a b' } | Should -Throw -PassThru -ErrorId 'InvalidDeviceName,*'
            "$caught" | Should -Not -BeLike '*(Parameter*'
        }

        It 'refuses -<Name>, which has no effect without <Needed>' -ForEach @(
            @{ Name = 'KeepMetricsFile'; With = @{ KeepMetricsFile = $true }; Needed = '-MetricsPath' }
            @{ Name = 'MetricsHost'; With = @{ MetricsHost = 'a.example' }; Needed = '-MetricsEndpoint' }
            @{ Name = 'Force'; With = @{ Force = $true }; Needed = '-MetricsEndpoint' }
        ) {
            $before = @(Get-Job).Count
            $caught = { Start-TunStatsPoller lo @With } | Should -Throw -PassThru -ErrorId 'ParameterHasNoEffect,*'
            "$caught" | Should -Be "-$Name has no effect without $Needed. Add $Needed, or leave -$Name out."
            @(Get-Job).Count | Should -Be $before
        }

        It 'refuses a namespace that is not there, before there is a job' {
            $before = @(Get-Job).Count
            { Start-TunStatsPoller lo -NetworkNamespace no-such } | Should -Throw -ErrorId 'NetworkNamespaceNotFound,*'
            @(Get-Job).Count | Should -Be $before
        }
    }

    Context 'metrics' {
        It 'are written to a file that is there while the job runs' {
            Push-Location TestDrive:/
            try {
                $job = Start-TunStatsPoller lo 3600 -MetricsPath ./lo.prom
            }
            finally {
                Pop-Location
            }

            $path = Join-Path (Get-Item TestDrive:/).FullName lo.prom
            $job.MetricsPath | Should -Be $path
            Wait-Until { Test-Path $path }
            $text = Get-Content $path -Raw
            $text | Should -Match '(?m)^tundev_txq_drops\{device="lo"\} \d+$'
            $text | Should -Match '(?m)^# TYPE tunstats_receive_bytes_total counter$'
            $text | Should -Not -Match 'EOF'
            (Get-Item $path).UnixMode | Should -Be '-rw-r--r--'
            Remove-Job $job -Force
            Get-ChildItem TestDrive:/ -Force | Should -BeNullOrEmpty
        }

        It 'leave nothing behind when PowerShell ends by <How>' -ForEach @(
            @{ How = 'its last command'; Script = '' }
            @{ How = 'exit'; Script = 'exit 3' }
            @{ How = 'an error'; Script = 'throw "x"' }
            @{ How = 'Remove-Module'; Script = 'Remove-Module TunStats; Test-Path $path' }
            @{ How = 'Stop-Job'; Script = 'Stop-Job $job; Test-Path $path' }
            @{ How = 'SIGTERM'; Script = 'kill -TERM $PID; Start-Sleep 100' }
            @{ How = 'SIGHUP'; Script = 'kill -HUP $PID; Start-Sleep 100' }
        ) {
            $path = Join-Path (Get-Item TestDrive:/).FullName end.prom
            $output = Invoke-CleanPwsh @"
                Import-Module '$env:TUNSTATS_MODULE/TunStats.psd1'
                `$path = '$path'
                `$job = Start-TunStatsPoller lo 3600 -MetricsPath `$path
                while (-not (Test-Path `$path)) { Start-Sleep -Milliseconds 20 }
                'written'
                $Script
"@
            @($output)[0] | Should -Be 'written'
            $output | Should -Not -Contain 'True'
            Get-ChildItem TestDrive:/ -Force | Should -BeNullOrEmpty
        }

        It 'leave nothing behind when their runspace closes' {
            $path = Join-Path (Get-Item TestDrive:/).FullName runspace.prom
            $runspace = [runspacefactory]::CreateRunspace()
            $runspace.Open()
            $shell = [powershell]::Create($runspace)
            $null = $shell.AddScript('param($m, $p) Import-Module $m; Start-TunStatsPoller lo 3600 -MetricsPath $p')
            $null = $shell.AddArgument("$env:TUNSTATS_MODULE/TunStats.psd1").AddArgument($path).Invoke()
            Wait-Until { Test-Path $path }
            $shell.Dispose()
            $runspace.Close()
            Test-Path $path | Should -BeFalse
        }

        It 'stay after the last of <_> polls, and with -KeepMetricsFile' -ForEach 1, 2 {
            $path = Join-Path (Get-Item TestDrive:/).FullName "kept$_.prom"
            $job = Start-TunStatsPoller lo 0.1 -Count $_ -MetricsPath $path
            $null = Wait-Job $job
            Remove-Job $job
            Get-Content $path -Raw | Should -Match '(?m)^tunstats_device_up\{device="lo"\} 1$'
            $job = Start-TunStatsPoller lo 3600 -MetricsPath $path -KeepMetricsFile
            Wait-Until { $job.Output.Count -gt 0 }
            Remove-Job $job -Force
            Remove-Item $path
        }

        It 'never replace a file with other content' {
            $path = Join-Path (Get-Item TestDrive:/).FullName other.prom
            Set-Content $path 'precious' -NoNewline
            $caught = { Start-TunStatsPoller lo -MetricsPath $path } | Should -Throw -PassThru
            $caught.FullyQualifiedErrorId | Should -BeLike 'NotAMetricsFile,*'
            Get-Content $path -Raw | Should -Be 'precious'
            Remove-Item $path
        }

        It 'are served while the job runs' {
            $job = Start-TunStatsPoller lo 3600 -MetricsEndpoint http://127.0.0.1:0/
            Wait-Until { $job.Output.Count -gt 0 }
            $job.MetricsUrl.Port | Should -BeGreaterThan 0
            $answer = Invoke-WebRequest $job.MetricsUrl
            $answer.Headers.'Content-Type' | Should -BeLike 'text/plain; version=0.0.4*'
            $answer.Content | Should -Match '(?m)^tunstats_receive_bytes_total\{device="lo"\} \d+$'
            $accept = @{ Accept = 'application/openmetrics-text; version=1.0.0' }
            $open = Invoke-WebRequest $job.MetricsUrl -Headers $accept
            $open.Headers.'Content-Type' | Should -BeLike 'application/openmetrics-text; version=1.0.0*'
            { Invoke-WebRequest "$($job.MetricsUrl)/other" } | Should -Throw '*404*'
            { Invoke-WebRequest $job.MetricsUrl -Headers @{ Host = 'attacker.example' } } | Should -Throw '*421*'
            $url = $job.MetricsUrl
            Remove-Job $job -Force
            { Invoke-WebRequest $url } | Should -Throw
        }

        It 'are served to other machines with -Force alone, and a warning' {
            $caught = { Start-TunStatsPoller lo -MetricsEndpoint http://0.0.0.0:0/ } | Should -Throw -PassThru
            $caught.FullyQualifiedErrorId | Should -BeLike 'MetricsEndpointNotLoopback,*'
            $options = @{ MetricsEndpoint = 'http://0.0.0.0:0/'; Force = $true; WarningAction = 'Ignore' }
            $job = Start-TunStatsPoller lo 3600 @options -WarningVariable warnings
            Remove-Job $job -Force
            $warnings | Should -HaveCount 1
            $warnings[0] | Should -BeLike 'Other machines can read the metrics*'
        }

        It 'cannot be served twice at one address' {
            $job = Start-TunStatsPoller lo 3600 -MetricsEndpoint http://127.0.0.1:0/
            $before = @(Get-Job).Count
            $caught = { Start-TunStatsPoller lo -MetricsEndpoint $job.MetricsUrl } | Should -Throw -PassThru
            $caught.FullyQualifiedErrorId | Should -BeLike 'MetricsEndpointInUse,*'
            @(Get-Job).Count | Should -Be $before
            Remove-Job $job -Force
        }

        It 'are refused at <Address>: <Id>' -ForEach @(
            @{ Address = 'nonsense'; Id = 'InvalidMetricsEndpoint' }
            @{ Address = 'https://127.0.0.1:1/'; Id = 'InvalidMetricsEndpoint' }
            @{ Address = 'http://127.0.0.1/'; Id = 'InvalidMetricsEndpoint' }
        ) {
            $caught = { Start-TunStatsPoller lo -MetricsEndpoint $Address } | Should -Throw -PassThru
            $caught.FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $caught.TargetObject | Should -Be $Address
        }

        It 'are refused in <Path>: <Id>' -ForEach @(
            @{ Path = 'TestDrive:/none/x.prom'; Id = 'MetricsDirectoryNotFound' }
            @{ Path = 'TestDrive:/'; Id = 'MetricsPathIsDirectory' }
            @{ Path = 'Env:/x.prom'; Id = 'NotAFilePath' }
            @{ Path = '/proc/tunstats.prom'; Id = 'Metrics*' }
        ) {
            $caught = { Start-TunStatsPoller lo -MetricsPath $Path } | Should -Throw -PassThru
            $caught.FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $caught.TargetObject | Should -Be $Path
        }
    }

    Context 'completion' {
        It 'offers devices and namespaces' {
            $line = 'Start-TunStatsPoller l'
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'lo'
        }
    }

    Context 'alerts' {
        It 'writes one object and calls the action when a condition begins and when it ends' {
            $prefix = 'seen'
            $job = Start-TunStatsPoller lo 0.1 -MaxSamples 6 -AlertWhen { $_.SequenceNumber -in 2, 3, 4 } -Action {
                $calls++
                "$using:prefix $calls $($_.Event) $($_.Name)"
            }
            $output = $job | Receive-Job -Wait -AutoRemoveJob
            $alerts = @($output | Where-Object { $_ -is [TunStats.Polling.LinkAlert] })
            $alerts.Event | Should -Be Begin, End
            $alerts.Sample.SequenceNumber | Should -Be 2, 5
            $alerts[1].Since | Should -Be $alerts[0].Timestamp
            $output | Where-Object { $_ -is [string] } | Should -Be 'seen 1 Begin lo', 'seen 2 End lo'
            @($output | Where-Object { $_ -is [TunStats.Polling.LinkSample] }) | Should -HaveCount 6
        }

        It 'begins no alert before -AlertFor' {
            $output = Start-TunStatsPoller lo 0.1 -MaxSamples 4 -AlertWhen { $true } -AlertFor 1h -Action { 'called' } |
                Receive-Job -Wait -AutoRemoveJob
            $output | Should -HaveCount 4
        }

        It 'reports the errors of both scripts and goes on' {
            $job = Start-TunStatsPoller lo 0.1 -MaxSamples 4 -Action { throw 'no action' } -AlertWhen {
                if ($_.SequenceNumber -le 2) { throw 'no answer' }
                $_.SequenceNumber -eq 3
            }
            $null = Wait-Job $job
            $job.State | Should -Be Completed
            $job.Error.Exception.Message | Should -Be 'no answer', 'no action', 'no action'
            @($job.Output | Where-Object { $_ -is [TunStats.Polling.LinkAlert] }) | Should -HaveCount 2
            Remove-Job $job
        }

        It 'polls on while an action runs, and ends the action with the job' {
            $job = Start-TunStatsPoller lo 0.1 -AlertWhen { $true } -Action { Start-Sleep 3600 }
            Wait-Until { $job.Output.Where({ $_ -is [TunStats.Polling.LinkAlert] }) }
            $count = $job.Output.Count
            Wait-Until { $job.Output.Count -gt $count + 2 }
            Stop-Job $job
            $job.State | Should -Be Stopped
            $job.Error | Should -BeNullOrEmpty
            @($job.Warning.Message) -like 'Samples that -AlertWhen did not look at: *' | Should -HaveCount 1
            Remove-Job $job
        }

        It 'refuses the unset variable in <With.Keys>' -ForEach @(
            @{ With = @{ AlertWhen = { $using:nosuchvar -gt 3 } } }
            @{ With = @{ AlertWhen = { $false }; Action = { $using:nosuchvar } } }
        ) {
            $jobs = @(Get-Job).Count
            { Start-TunStatsPoller lo @With } |
                Should -Throw "*'`$using:nosuchvar'*" -ErrorId 'UsingVariableIsUndefined,*'
            @(Get-Job).Count | Should -Be $jobs
        }

        It 'takes variables that are empty' {
            $nothing = $null
            $job = Start-TunStatsPoller lo -MaxSamples 1 -AlertWhen { $null -eq $using:nothing } -Action {
                'called'
            }
            $null = Wait-Job $job
            $job.Output[-1] | Should -Be 'called'
            Remove-Job $job
        }

        It 'gives scripts the rights, the directory and the streams of the caller' {
            Push-Location /usr
            $job = Start-TunStatsPoller lo -MaxSamples 1 -AlertWhen { $true } -Action {
                Write-Warning 'w'
                Write-Host 'h'
                "$PWD $($ExecutionContext.SessionState.LanguageMode) $($null -eq $_.Sample.View)"
            }
            Pop-Location
            $null = Wait-Job $job
            $job.Output[-1] | Should -Be '/usr FullLanguage False'
            $job.Warning.Message | Should -Be 'w'
            "$($job.Information)" | Should -Be 'h'
            Remove-Job $job
        }

        It 'gives scripts of a constrained session no more rights' {
            $seen = Invoke-CleanPwsh "Import-Module '$env:TUNSTATS_MODULE/TunStats.psd1'
                `$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
                Start-TunStatsPoller lo -MaxSamples 1 -AlertWhen { `$true } -Action {
                    [string] `$ExecutionContext.SessionState.LanguageMode
                } | Receive-Job -Wait -AutoRemoveJob | Select-Object -Last 1"
            $seen | Should -Be 'ConstrainedLanguage'
        }

        It 'has a view, also from another process' {
            $alert = Start-TunStatsPoller lo -MaxSamples 1 -AlertWhen { $true } |
                Receive-Job -Wait -AutoRemoveJob | Select-Object -Last 1
            $copy = [Management.Automation.PSSerializer]::Deserialize(
                [Management.Automation.PSSerializer]::Serialize($alert))
            foreach ($shown in $alert, $copy) {
                $shown | Out-String -Width 80 | Should -Match '(?m)^\d\d:\d\d:\d\dZ +lo +Begin +0\.0 +0 +0\s*$'
            }
        }

        It 'refuses <Name> that has no effect' -ForEach @(
            @{ Name = 'AlertFor'; Value = '1s' }, @{ Name = 'Action'; Value = { 1 } }
        ) {
            $more = @{ $Name = $Value }
            { Start-TunStatsPoller lo @more } | Should -Throw -ErrorId 'ParameterHasNoEffect*'
        }
    }

    Context 'a tunnel that drops packets' -Skip:$noLab {
        BeforeAll { $lab = Open-Lab tailscale0 }
        AfterAll { Close-Lab $lab }

        It 'shows the drops as increases that add up' {
            $job = Start-TunStatsPoller tail* 0.2 -MaxSamples 6 -NetworkNamespace $lab.Id
            $samples = $job | Receive-Job -Wait -AutoRemoveJob
            $samples | Should -HaveCount 6
            $sum = ($samples[1..5].Increase.TxDropped | Measure-Object -Sum).Sum
            $sum | Should -Be ($samples[5].Stats.TxDropped - $samples[0].Stats.TxDropped)
            $sum | Should -BeGreaterThan 0
        }

        It 'gives an alert that counts the drops' {
            $job = Start-TunStatsPoller tail* 0.2 -MaxSamples 6 -NetworkNamespace $lab.Id -AlertWhen {
                $_.Increase.TxDropped -gt 0
            }
            $alert = $job | Receive-Job -Wait -AutoRemoveJob | Where-Object { $_ -is [TunStats.Polling.LinkAlert] } |
                Select-Object -First 1
            $alert.Event | Should -Be Begin
            $alert.Name | Should -Be tailscale0
            $alert.TxDropped | Should -BeGreaterThan 0
        }
    }

    Context 'views' {
        It 'shows a table that fits 80 columns, and a list' {
            $sample = Start-TunStatsPoller lo 0.1 -MaxSamples 2 | Receive-Job -Wait -AutoRemoveJob
            $lines = ($sample | Out-String -Width 80) -split "`n" | Where-Object { $_.Trim() }
            $lines[0] | Should -Match '^Time +Name +Rx/s +Tx/s +RxDrop +TxDrop +Event'
            $lines[2] | Should -Match ' lo .* First'
            $sample | Format-List | Out-String | Should -Match '(?m)^MissedBeats +: 0'
        }
    }

    Context 'resources' {
        It 'leaves no thread, descriptor or job behind after many starts and stops' {
            Get-Job | Where-Object PSJobTypeName -EQ TunStatsPoller | Remove-Job -Force
            $null = 1..20 | ForEach-Object { Start-TunStatsPoller lo 3600 | Remove-Job -Force }
            [GC]::Collect()
            [GC]::WaitForPendingFinalizers()
            $files = @(Get-ChildItem /proc/$PID/fd).Count
            $null = 1..1000 | ForEach-Object { Start-TunStatsPoller lo 3600 | Remove-Job -Force }
            Get-Job | Where-Object PSJobTypeName -EQ TunStatsPoller | Should -BeNullOrEmpty
            @(Get-ChildItem /proc/$PID/fd).Count | Should -BeLessOrEqual ($files + 10)
            Wait-Until {
                $threads = Get-Content /proc/$PID/task/*/comm -ErrorAction Ignore
                -not @($threads | Where-Object { $_ -like 'TunStats*' })
            }
        }

        It 'stops when the module is removed' {
            $script = "Import-Module $env:TUNSTATS_MODULE/TunStats.psd1; `$job = Start-TunStatsPoller lo 3600
                Remove-Module TunStats; `$job.State"
            Invoke-CleanPwsh $script | Should -Be 'Stopped'
        }

        It 'does not keep PowerShell from ending' {
            $script = "Import-Module $env:TUNSTATS_MODULE/TunStats.psd1; `$null = Start-TunStatsPoller lo 3600; 'ended'"
            Invoke-CleanPwsh $script | Should -Be 'ended'
        }

        It 'stops when its runspace closes' {
            $shell = [powershell]::Create()
            $null = $shell.AddScript("Import-Module $env:TUNSTATS_MODULE/TunStats.psd1; Start-TunStatsPoller lo 3600")
            $job = $shell.Invoke()[0]
            $shell.Runspace.Close()
            $shell.Dispose()
            Wait-Until { $job.JobStateInfo.State -eq 'Stopped' }
        }
    }
}
