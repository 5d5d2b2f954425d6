namespace TunStats.Peers;

/// <summary>Texts that others chose, such as the name of a peer's host, on their way to a terminal.</summary>
internal static class PeerText
{
    private const char Replacement = '\ufffd';

    /// <summary>The text with control characters replaced, so that it cannot command a terminal.</summary>
    internal static string Clean(string text)
    {
        foreach (char c in text)
        {
            if (char.IsControl(c))
            {
                return string.Create(text.Length, text, static (buffer, from) =>
                {
                    for (int i = 0; i < buffer.Length; i++)
                    {
                        buffer[i] = char.IsControl(from[i]) ? Replacement : from[i];
                    }
                });
            }
        }

        return text;
    }
}
