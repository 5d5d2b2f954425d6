using System;
using System.Threading.Tasks;
using TunStats.Lab;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary><c>tunstats flows</c> in a terminal, ended by Ctrl+C as users do.</summary>
[Collection(NativeTests.Name)]
public sealed class TerminalTests(NativeProgram native)
{
    private const string End = "the end: ";

    /// <summary>The shell gets its terminal back as it was: keys are shown, and Ctrl+C is a signal.</summary>
    [NativeFact("script", "stty")]
    public async Task ControlCEndsItUnderTrafficWithoutEndAndLeavesTheTerminalAsItWas()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using var traffic = new SteadyTraffic(tunnel, perSecond: 0);
        string flows = $"'{native.Path}' flows tun0 -i 0.1 --netns {space.Path}";
        using ConsoleProgram terminal = ConsoleProgram.Start(
            "script", "-qfc", $"trap : INT; stty -g; {flows}; echo \"{End}$?\"; stty -g", "/dev/null");
        string before = await terminal.ReadLineAsync();
        await terminal.ReadLineAsync();
        await terminal.Input.WriteAsync('\u0003');
        await terminal.Input.FlushAsync();
        string line = "";
        while (!line.Contains(End, StringComparison.Ordinal))
        {
            line = await terminal.ReadLineAsync();
        }

        Assert.True(traffic.IsRunning, "The sender ended before the program did.");
        Assert.EndsWith(End + "0", line.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(before, await terminal.ReadLineAsync());
    }
}
