using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace TunStats.PowerShell.Jobs;

/// <summary>Carries the <c>$using:</c> variables of script blocks to another runspace.</summary>
internal sealed class UsingVariables
{
    // A name of its own, so that the script's own variable of the same name stays another one.
    private const string Prefix = "using_";

    private readonly SessionState _caller;
    private readonly Dictionary<string, object?> _values = [];

    internal UsingVariables(SessionState caller) => _caller = caller;

    /// <summary>The values, by the names that the texts have for them.</summary>
    internal IReadOnlyDictionary<string, object?> Values => _values;

    /// <summary>The name of a variable that the caller does not have; null where all are there.</summary>
    internal string? Undefined { get; private set; }

    /// <summary>The text of a script block, in which ${using_x} stands for $using:x.</summary>
    internal string TextOf(ScriptBlock script)
    {
        Ast ast = script.Ast;
        string text = script.ToString();

        // The text of a script block is without its braces; its tree begins before them.
        int start = ast.Extent.StartOffset + ast.Extent.Text.IndexOf(text, System.StringComparison.Ordinal);
        foreach (VariableExpressionAst variable in ast
            .FindAll(a => a is UsingExpressionAst, searchNestedScriptBlocks: true)
            .Select(a => a.Find(v => v is VariableExpressionAst, searchNestedScriptBlocks: true))
            .Cast<VariableExpressionAst>()
            .OrderByDescending(v => v.Extent.StartOffset))
        {
            string name = variable.VariablePath.UserPath;
            object? value = _caller.PSVariable.GetValue(name);
            if (value is null && _caller.PSVariable.Get(name) is null)
            {
                Undefined ??= name;
            }

            _values[Prefix + name] = value;
            IScriptExtent extent = variable.Extent;
            text = $"{text[..(extent.StartOffset - start)]}${{{Prefix}{name}}}{text[(extent.EndOffset - start)..]}";
        }

        return text;
    }
}
