BeforeDiscovery {
    . "$PSScriptRoot/Common.ps1"
    $noLab = -not (Test-Lab)
}

BeforeAll {
    . "$PSScriptRoot/Common.ps1"
}

Describe 'Get-TunPeer' {
    Context 'tailscaled' {
        BeforeAll {
            $socket = Open-Tailscale
            $peer = Get-TunPeer tailscale0 -SocketPath $socket.Path
        }

        AfterAll {
            Close-PeerSocket $socket
        }

        It 'gives typed peers' {
            $peer | Should -HaveCount 1
            $peer.GetType().FullName | Should -Be 'TunStats.Peers.TunPeer'
            $peer.Device | Should -Be 'tailscale0'
            $peer.Name | Should -Be 'tslab-b.lab.ts.net'
            $peer.Addresses | Should -Be '100.64.0.2, fd7a:115c:a1e0:ab12:4843:cd96:6240:2'
            $peer.Path | Should -Be 'Direct'
            $peer.Endpoint | Should -Be '10.77.0.12:41641'
            $peer.Relay | Should -Be 'lab'
            $peer.RxBytes | Should -BeOfType [ulong]
            $peer.LastHandshake.Kind | Should -Be 'Utc'
            $peer.HandshakeAge | Should -BeOfType [timespan]
            $peer.RxBytesIncrease | Should -BeNullOrEmpty
        }

        It 'has properties that sort and export' {
            $types = $peer.PSObject.Properties.TypeNameOfValue -replace '^System.Nullable`1\[\[([^,]+),.*$', '$1'
            $types | Where-Object {
                $_ -notmatch '^System\.(String|UInt64|Int32|Double|Boolean|DateTime|TimeSpan)$' -and
                -not ($_ -as [type]).IsEnum
            } | Should -BeNullOrEmpty
            ($peer | ConvertTo-Csv | ConvertFrom-Csv).AllowedPrefixes | Should -Match '^100\.64\.0\.2/32, .*/24$'
        }

        It 'has a view that fits 80 columns' {
            $text = $peer | Out-String -Width 80
            $text | Should -Match 'Device: tailscale0'
            $text | Should -Match '(?m)^tslab-b\s+100\.64\.0\.2\s+10\.77\.0\.12:41641\s+151 KiB\s'
            $text | Should -Match '(?m)292 KiB\s+\d+ (s|min|h|d)'
            $text | Should -Match '(?m)Tx Handshake\s*$'
        }

        It 'keeps its view from another process' {
            $copy = [Management.Automation.PSSerializer]::Deserialize(
                [Management.Automation.PSSerializer]::Serialize($peer))
            $copy | Out-String -Width 80 | Should -Match '151 KiB\s+292 KiB'
        }

        It 'takes a path from where PowerShell is' {
            Push-Location TestDrive:/
            try {
                (Get-TunPeer -SocketPath ./tailscaled.sock).NodeId | Should -Be 'TESTCTRL00000002'
            }
            finally {
                Pop-Location
            }
        }
    }

    Context 'WireGuard' {
        It 'gives typed peers of a process' {
            $key = 'de802c1ecccbe369f69364655ab1d5e200739e7a63c2a0698bd0416696adb620'
            $socket = Open-PeerSocket 'wg7.sock' '' "public_key=$key`nrx_bytes=5`nallowed_ip=10.0.0.2/32`nerrno=0`n`n"
            try {
                $peer = Get-TunPeer -SocketPath $socket.Path
                $peer.Device | Should -Be 'wg7'
                $peer.Source | Should -Be 'UserspaceWireGuard'
                $peer.PublicKey | Should -Be '3oAsHszL42n2k2RlWrHV4gBznnpjwqBpi9BBZpattiA='
                $peer.Addresses | Should -Be '10.0.0.2'
                $peer.Online | Should -BeNullOrEmpty
                $peer | Out-String -Width 80 | Should -Match 'never'
            }
            finally {
                Close-PeerSocket $socket
            }
        }
    }

    Context 'selecting' {
        It 'says that a literal name is not there' {
            Get-TunPeer nope0, lo -ErrorVariable errors -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'DeviceNotFound,*'
            $errors[0].TargetObject | Should -Be 'nope0'
        }

        It 'is silent for wildcards and for devices without peers' {
            Get-TunPeer 'no*such', lo -ErrorVariable errors | Should -BeNullOrEmpty
            $errors | Should -BeNullOrEmpty
        }

        It 'says that nothing listens on a socket' {
            { Get-TunPeer -SocketPath /no/such.sock -ErrorAction Stop } |
                Should -Throw -ErrorId 'PeerSocketNotFound,*'
        }

        It 'refuses one socket of several devices' {
            { Get-TunPeer a, b -SocketPath /no/such.sock } | Should -Throw -ErrorId 'SocketOfSeveralDevices,*'
        }

        It 'says that a namespace is not there' {
            { Get-TunPeer -NetworkNamespace no-such } | Should -Throw -ErrorId 'NetworkNamespaceNotFound,*'
        }

        It 'takes devices from the pipeline' {
            Get-TunDeviceStats lo | Get-TunPeer -ErrorVariable errors | Should -BeNullOrEmpty
            'l?', 'lo' | Get-TunPeer -ErrorVariable +errors | Should -BeNullOrEmpty
            $errors | Should -BeNullOrEmpty
        }
    }

    Context 'a tunnel in a namespace' -Skip:$noLab {
        It 'has no peers where there is no layer below it' {
            $lab = Open-Lab
            try {
                Get-TunDeviceStats -NetworkNamespace $lab.Id |
                    Get-TunPeer -NetworkNamespace $lab.Id -ErrorVariable errors | Should -BeNullOrEmpty
                $errors | Should -BeNullOrEmpty
            }
            finally {
                Close-Lab $lab
            }
        }
    }
}
