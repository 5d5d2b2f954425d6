namespace TunStats.Views;

/// <summary>What the terminal can show.</summary>
/// <param name="HasColour">Whether colours are wanted; bold and inverse stay without them.</param>
/// <param name="IsUnicode">Whether it shows more than ASCII.</param>
internal readonly record struct LiveStyle(bool HasColour, bool IsUnicode);
