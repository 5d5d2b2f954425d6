BeforeDiscovery {
    $noTmux = -not (Get-Command tmux -ErrorAction Ignore)
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"

    function Invoke-Tmux {
        tmux -S "$folder/tmux" -u @args
    }

    function Wait-Screen {
        param([string] $Pattern)

        $expression = $Pattern
        Wait-Until { (Invoke-Tmux capture-pane -p -t top) -join "`n" -match $expression }
    }

    $folder = (Get-Item TestDrive:/).FullName.TrimEnd('/')
}

Describe 'Show-TunTraffic' {
    It 'refuses output that is no terminal' {
        $said = Invoke-CleanPwsh "Import-Module $env:TUNSTATS_MODULE/TunStats.psd1
            try { Show-TunTraffic lo -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }"
        $said[0] | Should -BeLike 'NotATerminal,*'
        $said[1] | Should -BeLike 'The live view needs a terminal*'
    }

    Context 'in a terminal' -Skip:$noTmux {
        BeforeAll {
            $pwsh = (Get-Process -Id $PID).Path
            Invoke-Tmux -f /dev/null new-session -d -s top -x 80 -y 24 "env LANG=C.UTF-8 $pwsh -NoProfile -NoLogo"
            Wait-Screen '(?m)^PS [^>]*>'
            Invoke-Tmux send-keys -t top "Import-Module $env:TUNSTATS_MODULE/TunStats.psd1; stty -g" Enter
            # The command wraps wherever the folder's name ends; its output begins a line.
            Wait-Screen '(?m)^([0-9a-f]+:){8}'
        }

        AfterAll { Invoke-Tmux kill-server }

        It 'draws, follows keys and leaves the terminal as it was after <Key>' -ForEach @(
            @{ Key = 'q' }
            @{ Key = 'C-c' }
        ) {
            Invoke-Tmux send-keys -t top 'clear; $before = stty -g; Show-TunTraffic lo' Enter
            Wait-Screen 'q quit p pause'
            Invoke-Tmux send-keys -t top g
            Wait-Screen 'Host +Conns'
            Invoke-Tmux send-keys -t top $Key
            Wait-Screen '(?m)^PS [^>]*> *$'
            Invoke-Tmux send-keys -t top 'clear; "same: $($before -eq (stty -g))"' Enter
            Wait-Screen '(?m)^same: True'
        }

        It 'says that there is no such device' {
            Invoke-Tmux send-keys -t top 'clear; Show-TunTraffic nosuch0' Enter
            Wait-Screen 'nosuch0.*'
            Wait-Screen '(?m)^PS [^>]*> *$'
        }
    }
}
