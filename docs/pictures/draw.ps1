#Requires -Version 7.4
<#
.SYNOPSIS
    Draws the pictures of the README from what record.sh recorded: table.svg, live.svg and report.svg.
.DESCRIPTION
    The same recording gives the same bytes. Colours follow the reader's choice of dark or light.
#>
param(
    # The folder of the module to use, as the build lays it out.
    [Parameter(Mandatory)] [string] $Module,

    # Where the pictures go.
    [string] $Destination = $PSScriptRoot
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
Import-Module "$(Resolve-Path $Module)/TunStats.psd1"

$head = '<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{0}" height="{1}" viewBox="0 0 {0} {1}">
<title>{2}</title>'
$style = '<style>
svg { color-scheme: light dark; --paper: #ffffff; --ink: #18202c; --edge: #d0d7de; --green: #116329; --cyan: #0b7285;
  --yellow: #9a6700 }
@media (prefers-color-scheme: dark) { svg { --paper: #0d1117; --ink: #e6ebf2; --edge: #30363d; --green: #56d364;
  --cyan: #39c5cf; --yellow: #e3b341 } }
text { font: 14px ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace; white-space: pre;
  fill: var(--ink) }
.paper { fill: var(--paper); stroke: var(--edge) } .bar { fill: var(--ink) } .inverse { fill: var(--paper) }
.bold { font-weight: bold } .green { fill: var(--green) } .cyan { fill: var(--cyan) } .yellow { fill: var(--yellow) }
</style>'

function ConvertTo-Picture {
    # Lines of a terminal with their colours as SVG.
    param([string[]] $Lines, [string] $Title)

    $cell = 8.4
    $row = 18
    $margin = 12
    $names = @{ '1' = 'bold'; '7' = 'inverse'; '32' = 'green'; '36' = 'cyan'; '33' = 'yellow'; '93' = 'yellow' }
    $drawn = [Text.StringBuilder]::new()
    $columns = 0
    for ($y = 0; $y -lt $Lines.Count; $y++) {
        $classes = @()
        $x = 0
        foreach ($part in [regex]::Matches($Lines[$y], "`e\[([\d;]*)m|[^`e]+")) {
            if ($part.Value[0] -eq "`e") {
                foreach ($code in $part.Groups[1].Value -split ';') {
                    $classes = $code -in '', '0', '39' ? @() : @($classes) + $names[$code]
                }

                continue
            }

            # A run has the width of its cells, whatever font there is.
            $text = $part.Value
            $left = ($margin + $x * $cell).ToString('0.#', [cultureinfo]::InvariantCulture)
            $width = ($text.Length * $cell).ToString('0.#', [cultureinfo]::InvariantCulture)
            $top = $margin + $y * $row
            if ($classes -contains 'inverse') {
                $null = $drawn.Append("<rect class=`"bar`" x=`"$left`" y=`"$top`" width=`"$width`" height=`"$row`"/>`n")
            }

            if ($text.Trim()) {
                $class = $classes ? " class=`"$($classes -join ' ')`"" : ''
                $null = $drawn.Append("<text$class x=`"$left`" y=`"$($top + 14)`" textLength=`"$width`" " +
                    "lengthAdjust=`"spacingAndGlyphs`">$([Security.SecurityElement]::Escape($text))</text>`n")
            }

            $x += $text.Length
            $columns = [Math]::Max($columns, $x)
        }
    }

    $size = [int] (2 * $margin + $columns * $cell), (2 * $margin + $Lines.Count * $row)
    ($head -f $size[0], $size[1], $Title) + $style +
    "<rect class=`"paper`" x=`"0.5`" y=`"0.5`" width=`"$($size[0] - 1)`" height=`"$($size[1] - 1)`" rx=`"6`"/>`n" +
    "$drawn</svg>`n"
}

function Read-Screen {
    # A recorded screen without the empty lines at its end.
    param([string] $Name)

    ((Get-Content "$PSScriptRoot/recorded/$Name" -Raw) -replace '(\s|\e\[0?m)+\z', '') -split "`n"
}

function ConvertTo-ReportPicture {
    # The top of a report's page, as it is, within an SVG.
    param([string] $Page, [int] $Width, [int] $Height)

    if ($Page -notmatch '(?s)<style>(?<css>.*?)</style>.*?<body>.*?(?<body><header>.*)<footer>') {
        throw 'The page is not a report.'
    }

    # Tables that are folded in are not seen, and an element of SVG within HTML has to say so in XML.
    $body = $Matches.body -replace '(?s)(<details.*?</summary>).*?(?=</details>)', '$1' `
        -replace '<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ' `
        -replace '(?s)<section [^>]*id="who".*', '</main>'
    ($head -f $Width, $Height, 'A report of Export-TunReport') + "<style><![CDATA[$($Matches.css)]]></style>`n" +
    "<foreignObject width=`"$Width`" height=`"$Height`"><body xmlns=`"http://www.w3.org/1999/xhtml`">`n" +
    "$body</body></foreignObject></svg>`n"
}

$report = Join-Path ([IO.Path]::GetTempPath()) "$([guid]::NewGuid()).html"
try {
    $recorded = "$PSScriptRoot/recorded"
    Get-Content "$recorded/samples.jsonl" | ConvertFrom-Json |
        Export-TunReport $report -LogPath "$recorded/log.jsonl"
    $pictures = @{
        table = ConvertTo-Picture (Read-Screen table.txt) 'Tables of Get-TunDeviceStats and Get-FlowTraffic'
        live = ConvertTo-Picture (Read-Screen live.txt) 'The live view of tunstats top'
        report = ConvertTo-ReportPicture (Get-Content $report -Raw) 1000 1256
    }
} finally {
    Remove-Item $report -ErrorAction Ignore
}

foreach ($name in $pictures.Keys) {
    # It has to be XML, or no browser shows it.
    $null = [xml] $pictures[$name]
    [IO.File]::WriteAllText((Join-Path $Destination "$name.svg"), $pictures[$name])
}
