using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Security;
using TunStats.IO;

namespace TunStats.Export;

/// <summary>
/// A text that is never shown: a token or the value of a header. It is read each time that it is needed, so that a file
/// with a new token is taken without a restart.
/// </summary>
internal sealed class Secret
{
    private readonly Func<string> _read;

    private Secret(Func<string> read) => _read = read;

    /// <summary>A secret of a SecureString, of which it keeps a copy.</summary>
    public static Secret FromSecureString(SecureString text)
    {
        ArgumentNullException.ThrowIfNull(text);
        SecureString copy = text.Copy();
        return new Secret(() =>
        {
            IntPtr plain = Marshal.SecureStringToGlobalAllocUnicode(copy);
            try
            {
                return Marshal.PtrToStringUni(plain) ?? "";
            }
            finally
            {
                Marshal.ZeroFreeGlobalAllocUnicode(plain);
            }
        });
    }

    /// <summary>A secret in an environment variable of this process.</summary>
    public static Secret FromEnvironment(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new Secret(() => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? text
            : throw new LogSinkException(
                $"The environment variable '{name}' is not set; set it to the secret.", LogSinkErrorKind.Invalid));
    }

    /// <summary>A secret in a file, without the line end after it.</summary>
    public static Secret FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new Secret(() =>
        {
            try
            {
                return File.ReadAllText(path).TrimEnd('\r', '\n') is { Length: > 0 } text
                    ? text
                    : throw new LogSinkException(
                        $"The file '{path}' is empty; write the secret into it.", LogSinkErrorKind.Invalid);
            }
            catch (Exception e) when (FileErrors.IsFileError(e))
            {
                throw new LogSinkException(FileErrors.Describe(e, path), LogSinkErrorKind.Invalid);
            }
        });
    }

    /// <summary>Never the secret itself.</summary>
    public override string ToString() => "***";

    /// <summary>The secret itself.</summary>
    /// <exception cref="LogSinkException">It cannot be read.</exception>
    internal string Reveal() => _read();
}
