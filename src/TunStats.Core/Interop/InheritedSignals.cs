namespace TunStats.Interop;

/// <summary>Signals that a process takes over from the one that started it, or that would end it.</summary>
internal static class InheritedSignals
{
    private const int SIGINT = 2;
    private const int SIGXFSZ = 25;
    private const nint SIG_DFL = 0;
    private const nint SIG_IGN = 1;

    /// <summary>
    /// Takes SIGINT again. A shell that starts a program in the background of a script makes it ignore SIGINT, and the
    /// framework keeps to that, even for a handler: whoever sends the signal by hand would wait for ever.
    /// </summary>
    internal static void TakeInterrupt() => _ = Libc.signal(SIGINT, SIG_DFL);

    /// <summary>
    /// Makes a file that grows past its limit (ulimit -f) an error of the write, as a full disk is, and not the end.
    /// </summary>
    internal static void IgnoreFileLimit() => _ = Libc.signal(SIGXFSZ, SIG_IGN);
}
