namespace TunStats.Interop;

/// <summary>Signals that a process takes over from the one that started it, or that would end it.</summary>
internal static class InheritedSignals
{
    private const int SIGINT = 2;
    private const int SIGXFSZ = 25;
    private const nint SIG_DFL = 0;
    private const nint SIG_IGN = 1;

    /// <summary>
    /// Enables SIGINT. A shell makes the background commands of a script ignore SIGINT, and the framework keeps that
    /// setting even where a handler is registered: a SIGINT sent by hand would have no effect.
    /// </summary>
    internal static void TakeInterrupt() => _ = Libc.signal(SIGINT, SIG_DFL);

    /// <summary>
    /// Makes a write beyond the file size limit (ulimit -f) fail with an error instead of ending the process.
    /// </summary>
    internal static void IgnoreFileLimit() => _ = Libc.signal(SIGXFSZ, SIG_IGN);
}
