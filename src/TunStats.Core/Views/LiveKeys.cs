using System;
using System.Collections.Generic;
using System.Text;

namespace TunStats.Views;

/// <summary>Reads keys from the bytes that a terminal sends.</summary>
internal static class LiveKeys
{
    /// <summary>The keys: a character each, or a name such as <c>Up</c>. Unknown sequences are left out.</summary>
    /// <param name="bytes">What was read at once: a sequence is not cut.</param>
    internal static IReadOnlyList<string> Read(ReadOnlySpan<byte> bytes)
    {
        List<string> keys = [];
        while (!bytes.IsEmpty)
        {
            if (bytes[0] == '\u001b')
            {
                int length = SequenceLength(bytes);
                if (NameOf(bytes[..length]) is { } name)
                {
                    keys.Add(name);
                }

                bytes = bytes[length..];
                continue;
            }

            _ = Rune.DecodeFromUtf8(bytes, out Rune rune, out int used);
            keys.Add(rune.Value switch
            {
                '\r' or '\n' => "Enter",
                0x7f or '\b' => "Backspace",
                _ => rune.ToString(),
            });
            bytes = bytes[used..];
        }

        keys.RemoveAll(key => key.Length == 1 && char.IsControl(key[0]));
        return keys;
    }

    /// <summary>ESC alone, ESC O and a letter, or ESC [ with parameters and a final byte.</summary>
    private static int SequenceLength(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 3 || bytes[1] is not ((byte)'[' or (byte)'O'))
        {
            return 1;
        }

        int end = bytes[2..].IndexOfAnyInRange((byte)0x40, (byte)0x7e);
        return end < 0 ? bytes.Length : end + 3;
    }

    private static string? NameOf(ReadOnlySpan<byte> sequence) => sequence switch
    {
        [_] => "Escape",
        [_, _, (byte)'A'] => "Up",
        [_, _, (byte)'B'] => "Down",
        [_, _, (byte)'H'] or [_, _, (byte)'1', (byte)'~'] => "Home",
        [_, _, (byte)'5', (byte)'~'] => "PageUp",
        [_, _, (byte)'6', (byte)'~'] => "PageDown",
        _ => null,
    };
}
