# The help of build.ps1: MAML from the pages in docs/cmdlets.

function Build-Help {
    # Turns docs/cmdlets into the help that Get-Help shows. Returns nothing; without PlatyPS the module has no help.
    if (-not (Find-Tool Microsoft.PowerShell.PlatyPS 1.0.0)) {
        return
    }

    $culture = New-Item "$moduleRoot/en-US" -ItemType Directory -Force
    $pages = Get-ChildItem "$root/docs/cmdlets/*.md" | Where-Object Name -NotLike 'about_*'
    $scratch = "$root/artifacts/help"
    $commands = Import-MarkdownCommandHelp -Path $pages.FullName
    $commands | Export-MamlCommandHelp -OutputFolder $scratch -Force | Out-Null
    foreach ($help in Get-ChildItem $scratch -Recurse -Filter '*-Help.xml') {
        $xml = [xml] (Get-Content $help -Raw)
        foreach ($command in $xml.DocumentElement.ChildNodes) {
            Format-CommandHelp $command ($commands | Where-Object Title -EQ $command.details.name)
        }

        $xml.Save("$culture/$($help.Name)")
    }

    foreach ($about in Get-ChildItem "$root/docs/cmdlets/about_*.md") {
        $text = (Format-Paragraph (Get-Content $about -Raw) 79) -replace '^# (\S+)', "TOPIC`n    `$1"
        Set-Content "$culture/$($about.BaseName).help.txt" ($text -replace '(?m)^#+ ', '') -NoNewline
    }
}

function Format-CommandHelp {
    # Corrects what PlatyPS makes of a page: code of examples as text, no defaults, lines as long as in the page.
    param([Xml.XmlElement] $Command, [object] $Page)

    $dev = 'http://schemas.microsoft.com/maml/dev/2004/10'
    foreach ($example in $Command.examples.example) {
        # PlatyPS separates paragraphs with U+0080. The first block of code is the example, others are what it prints.
        $text = @($example.introduction.para) -join "`n`n" -replace [char] 0x80, ''
        if ($text -match '(?s)```\w*\n(.*?)\n```(.*)') {
            $example['code', $dev].InnerText = $Matches[1]
            $para = $example.introduction.FirstChild
            $para.InnerText = [regex]::Replace(
                $Matches[2].Trim(), '(?s)```\w*\n(.*?)\n```', { $args[0].Groups[1] -replace '(?m)^', '    ' })
            $example['remarks', $dev].InnerXml = $para.OuterXml
            $null = $example.RemoveChild($example.introduction)
        }
    }

    foreach ($para in $Command.SelectNodes('.//*[local-name()="para"]')) {
        # Get-Help breaks lines within words, and indents up to 8 columns of 80.
        $para.InnerText = Format-Paragraph $para.InnerText 71
    }

    # A page of this repository is not an address that Get-Help -Online could open.
    foreach ($uri in $Command.SelectNodes('.//*[local-name()="uri"]')) {
        $uri.InnerText = $uri.InnerText -replace '^[^:]*\.md$', ''
    }

    foreach ($parameter in $Command.parameters.parameter) {
        $default = $Page.Parameters | Where-Object Name -EQ $parameter.name | ForEach-Object DefaultValue
        $element = $Command.OwnerDocument.CreateElement('dev', 'defaultValue', $dev)
        $element.InnerText = $default
        $null = $parameter.AppendChild($element)
    }
}

function Format-Paragraph {
    # Breaks paragraphs and list items anew, between words. Headings and what is indented stay as they are.
    param([string] $Text, [int] $Width)

    $joined = $Text -replace '(?m)(?<=^[^\s#].*)\n(?=[^\s#-]|-\w)', ' '
    $lines = foreach ($line in $joined -split "`n") {
        $indent = $line -match '^- ' ? '  ' : ''
        $line -match '^\s' ? $line : ($line -replace "(.{1,$Width})(?: +|$)", "`$1`n$indent").TrimEnd()
    }
    $lines -join "`n"
}
