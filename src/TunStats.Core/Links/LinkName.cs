using System;
using System.Text;

namespace TunStats.Links;

/// <summary>What the kernel takes as an interface's name.</summary>
public static class LinkName
{
    /// <summary>The most bytes that a name has, as UTF-8 (IFNAMSIZ less the terminating NUL).</summary>
    public const int MaxBytes = Interop.RtnetlinkConstants.IFNAMSIZ - 1;

    /// <summary>Checks a name by the kernel's rules (dev_valid_name).</summary>
    /// <param name="name">The text to check.</param>
    /// <returns>Null where it can be a name, else a sentence that says why not.</returns>
    public static string? Validate(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0)
        {
            return "An interface name is empty.";
        }

        int bytes = Encoding.UTF8.GetByteCount(name);
        if (bytes > MaxBytes)
        {
            return $"'{name}' is no interface name: it has {bytes} bytes, and a name has at most {MaxBytes}.";
        }

        if (name is "." or "..")
        {
            return $"'{name}' is no interface name: the kernel refuses it.";
        }

        foreach (char c in name)
        {
            if (c is '/' or ':' || char.IsWhiteSpace(c) || c == '\0')
            {
                string what = c switch
                {
                    '/' => "a slash",
                    ':' => "a colon",
                    '\0' => "a NUL",
                    _ => "a blank",
                };
                return $"'{name}' is no interface name: it holds {what}.";
            }
        }

        return null;
    }
}
