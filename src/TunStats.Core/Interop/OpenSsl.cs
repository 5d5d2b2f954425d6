using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>OpenSSL, which the framework loads for TLS. Where it is missing, the framework ends the process.</summary>
internal static class OpenSsl
{
    // The library names that the framework tries.
    private static readonly string[] Names = ["libssl.so.3", "libssl.so.1.1", "libssl.so.1.0.2", "libssl.so.1.0.0"];

    /// <summary>Whether TLS can be used.</summary>
    internal static bool IsInstalled
    {
        get
        {
            foreach (string name in Names)
            {
                if (NativeLibrary.TryLoad(name, out _))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
