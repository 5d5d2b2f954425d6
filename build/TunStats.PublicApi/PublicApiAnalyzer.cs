using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace TunStats.PublicApi;

/// <summary>
/// Compares the public API of the compiled assembly with the list in <c>(assembly).api.txt</c>, so that each change of
/// it is seen in review. <c>build/public-api.sh</c> writes the lists.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class PublicApiAnalyzer : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor Added = Rule(
        "TUN001", "Public API that is not listed", "{0} is public but not listed: make it internal, or add it to {1}");

    private static readonly DiagnosticDescriptor Removed = Rule(
        "TUN002", "Listed API that is not public", "{0} is listed but not public: restore it, or remove it from {1}");

    private static readonly SymbolDisplayFormat Format = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters,
        memberOptions: SymbolDisplayMemberOptions.IncludeParameters
            | SymbolDisplayMemberOptions.IncludeContainingType,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeParamsRefOut | SymbolDisplayParameterOptions.IncludeDefaultValue,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Added, Removed];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationAction(Compare);
    }

    private static DiagnosticDescriptor Rule(string id, string title, string message) =>
        new(id, title, message, "Design", DiagnosticSeverity.Error, isEnabledByDefault: true);

    private static void Compare(CompilationAnalysisContext context)
    {
        AdditionalText? list = context.Options.AdditionalFiles.FirstOrDefault(
            file => file.Path.EndsWith(".api.txt", StringComparison.Ordinal));
        if (list?.GetText(context.CancellationToken) is not { } text)
        {
            return;
        }

        string name = Path.GetFileName(list.Path);
        HashSet<string> listed = [.. text.Lines.Select(line => line.ToString())];
        HashSet<string> actual = [];
        foreach (ISymbol symbol in Visible(context.Compilation.Assembly.GlobalNamespace))
        {
            string line = Describe(symbol);
            if (actual.Add(line) && !listed.Contains(line))
            {
                context.ReportDiagnostic(Diagnostic.Create(Added, symbol.Locations[0], line, name));
            }
        }

        foreach (TextLine line in text.Lines.Where(line => line.Span.Length > 0 && !actual.Contains(line.ToString())))
        {
            var place = Location.Create(list.Path, line.Span, text.Lines.GetLinePositionSpan(line.Span));
            context.ReportDiagnostic(Diagnostic.Create(Removed, place, line.ToString(), name));
        }
    }

    /// <summary>The types of a namespace or type that others can use, and their members.</summary>
    private static IEnumerable<ISymbol> Visible(INamespaceOrTypeSymbol container)
    {
        foreach (ISymbol member in container.GetMembers().Where(IsListed))
        {
            if (member is not INamespaceSymbol)
            {
                yield return member;
            }

            if (member is INamespaceOrTypeSymbol inner)
            {
                foreach (ISymbol symbol in Visible(inner))
                {
                    yield return symbol;
                }
            }
        }
    }

    private static bool IsListed(ISymbol symbol) => symbol is INamespaceSymbol
        || (IsVisible(symbol) && !symbol.IsOverride && symbol is not IMethodSymbol { AssociatedSymbol: not null }
            && (!symbol.IsImplicitlyDeclared || IsImplicitConstructor(symbol)));

    private static bool IsVisible(ISymbol symbol) => symbol.DeclaredAccessibility
        is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal;

    private static bool IsImplicitConstructor(ISymbol symbol) =>
        symbol is IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters.Length: 0 }
            && symbol.ContainingType.TypeKind == TypeKind.Class;

    private static string Describe(ISymbol symbol) => symbol.ToDisplayString(Format) + symbol switch
    {
        INamedTypeSymbol type => Describe(type),
        IMethodSymbol { MethodKind: MethodKind.Constructor } => "",
        IMethodSymbol method => $" -> {method.ReturnType.ToDisplayString(Format)}",
        IFieldSymbol { HasConstantValue: true } => "",
        IFieldSymbol field => $" -> {field.Type.ToDisplayString(Format)}",
        IPropertySymbol property => Describe(property),
        _ => "",
    };

    private static string Describe(INamedTypeSymbol type)
    {
        string kind = type.IsRecord ? "record " : "";
        kind += type.TypeKind.ToString().ToLowerInvariant();
        kind = type.IsStatic ? $"static {kind}" : type.IsAbstract ? $"abstract {kind}" : kind;
        IEnumerable<string> bases = type.Interfaces.Select(i => i.ToDisplayString(Format))
            .Order(StringComparer.Ordinal);
        if (type.BaseType is { ContainingNamespace.Name: not "System" } parent)
        {
            bases = bases.Prepend(parent.ToDisplayString(Format));
        }

        string list = string.Join(", ", bases);
        return $" -> {kind}{(list.Length > 0 ? ": " : "")}{list}";
    }

    private static string Describe(IPropertySymbol property)
    {
        string get = property.GetMethod is { } getter && IsVisible(getter) ? " get;" : "";
        string set = property.SetMethod is { } setter && IsVisible(setter)
            ? setter.IsInitOnly ? " init;" : " set;" : "";
        return $" {{{get}{set} }} -> {property.Type.ToDisplayString(Format)}";
    }
}
