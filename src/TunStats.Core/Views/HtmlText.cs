using System;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using TunStats.IO;

namespace TunStats.Views;

/// <summary>
/// Text of HTML. The literal parts of an interpolated string are markup; every value in it is text and is escaped, so
/// that no name can become markup. Controls and bidirectional controls are shown as escapes.
/// </summary>
internal sealed class HtmlText
{
    private const int MaxNameLength = 128;

    private readonly StringBuilder _text = new();

    /// <summary>Adds markup whose values are text.</summary>
    internal void Add([InterpolatedStringHandlerArgument("")] Handler markup) =>
        Debug.Assert(markup.Html == this, "The handler has added its parts to another text.");

    /// <summary>Adds a constant of this assembly as it is, such as a style; never a text of others.</summary>
    internal void AddConstant(string text) => _text.Append(text);

    public override string ToString() => _text.ToString();

    private void AddText(string? text)
    {
        foreach (char c in PrintableText.Escape(text.AsSpan(), MaxNameLength))
        {
            switch (c)
            {
                case '<':
                    _text.Append("&lt;");
                    break;
                case '>':
                    _text.Append("&gt;");
                    break;
                case '&':
                    _text.Append("&amp;");
                    break;
                case '"':
                    _text.Append("&quot;");
                    break;
                case '\'':
                    _text.Append("&#39;");
                    break;
                default:
                    _text.Append(c);
                    break;
            }
        }
    }

    /// <summary>Takes the parts of an interpolated string.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Handler
    {
        public Handler(int literalLength, int formattedCount, HtmlText html)
        {
            _ = (literalLength, formattedCount);
            Html = html;
        }

        internal HtmlText Html { get; }

        public void AppendLiteral(string markup) => Html._text.Append(markup);

        public void AppendFormatted(string? text) => Html.AddText(text);

        public void AppendFormatted<T>(T value, string? format = null)
            where T : IFormattable =>
            Html.AddText(value.ToString(format, CultureInfo.InvariantCulture));
    }
}
