namespace TunStats.Interop;

/// <summary>Constants of termios.h and sys/ioctl.h, under their own names.</summary>
internal static class TerminalConstants
{
    internal const nuint TIOCGWINSZ = 0x5413;
    internal const int TCSANOW = 0;

    internal const uint IXON = 0x400;
    internal const uint ICANON = 0x2;
    internal const uint ECHO = 0x8;
    internal const uint IEXTEN = 0x8000;

    internal const int VQUIT = 1;
    internal const int VTIME = 5;
    internal const int VMIN = 6;
    internal const int VSUSP = 10;
}
