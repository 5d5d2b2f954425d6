@{
    Severity     = @('Error', 'Warning', 'Information')
    IncludeRules = @('*')
    ExcludeRules = @(
        # Tables of parameters are aligned by hand where that reads better.
        'PSAlignAssignmentStatement'
        # The build script talks to a person at a terminal.
        'PSAvoidUsingWriteHost'
        # Positional parameters are what the examples show.
        'PSAvoidUsingPositionalParameters'
    )
    Rules        = @{
        PSUseConsistentIndentation = @{ Enable = $true; IndentationSize = 4; Kind = 'space' }
        PSUseConsistentWhitespace  = @{ Enable = $true; CheckOperator = $false }
        PSPlaceOpenBrace           = @{ Enable = $true; OnSameLine = $true }
        PSAvoidLongLines           = @{ Enable = $true; MaximumLineLength = 120 }
    }
}
