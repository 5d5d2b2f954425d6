@{
    Severity     = @('Error', 'Warning', 'Information')
    IncludeRules = @('*')
    ExcludeRules = @(
        # Tables of parameters are aligned by hand where that reads better.
        'PSAlignAssignmentStatement'
        # The build script talks to a person at a terminal.
        'PSAvoidUsingWriteHost'
        # Files are UTF-8 without a mark, as everywhere else in the project.
        'PSUseBOMForUnicodeEncodedFile'
        # Pester's blocks see the variables of the blocks around them, which the rule does not know.
        'PSUseDeclaredVarsMoreThanAssignments'
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
