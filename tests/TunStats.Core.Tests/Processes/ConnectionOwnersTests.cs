using System;
using System.IO;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Processes;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Processes;

/// <summary>Owners of connections over recorded sockets and a /proc of files.</summary>
public sealed class ConnectionOwnersTests : IDisposable
{
    private readonly DirectoryInfo _proc = Directory.CreateTempSubdirectory("tunstats-proc-");
    private readonly ManualTimeProvider _time = new();
    private readonly RecordedSockets _kernel = new();
    private ConnectionOwners? _owners;

    public void Dispose()
    {
        _owners?.Dispose();
        _proc.Delete(recursive: true);
    }

    [Theory]
    [InlineData(6, "127.0.0.1:40001", "127.0.0.1:8000", 200, "client")]
    [InlineData(6, "127.0.0.1:8000", "127.0.0.1:40001", 100, "server")]
    [InlineData(6, "127.0.0.1:8006", "127.0.0.1:40002", 100, "server")]
    [InlineData(6, "[::1]:40003", "[::1]:8006", 200, "client")]
    [InlineData(17, "192.0.2.7:5353", "224.0.0.251:5353", 1, "init")]
    [InlineData(17, "192.0.2.7:5355", "192.0.2.9:1000", 1, "init")]
    [InlineData(17, "127.0.0.1:40004", "127.0.0.1:53", 200, "client")]
    [InlineData(6, "127.0.0.1:8000", "127.0.0.1:50000", 100, "server")]
    [InlineData(6, "192.0.2.1:50000", "192.0.2.7:8006", 100, "server")]
    [InlineData(17, "192.0.2.7:1", "192.0.2.9:5353", 1, "init")]
    [InlineData(17, "127.0.0.1:1000", "127.0.0.1:40004", null, null)]
    [InlineData(1, "127.0.0.1:0", "127.0.0.1:0", null, null)]
    public void ConnectionHasTheProcessOfItsSocket(
        byte protocol, string source, string destination, int? id, string? name)
    {
        AddProcesses();
        Assert.Equal((id, name), ProcessOf(protocol, source, destination));
        Assert.Equal((0, null), Owners.TakeProblems());
    }

    [Fact]
    public void ShortConnectionKeepsItsLastOwnerForAMinute()
    {
        AddProcesses();
        _ = Owners;
        _kernel.IsEmpty = true;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((200, "client"), ProcessOf(6, "127.0.0.1:40001", "127.0.0.1:8000"));
        _time.Advance(ConnectionOwners.Memory);
        Assert.Equal((null, null), ProcessOf(6, "127.0.0.1:40001", "127.0.0.1:8000"));
    }

    [Fact]
    public void SocketsOfOtherUsersAreCountedNotNamed()
    {
        AddProcess(200, "client", "c");
        Assert.Equal((null, null), ProcessOf(6, "127.0.0.1:8000", "127.0.0.1:40001"));
        Assert.Equal((1, null), Owners.TakeProblems());
        Assert.Equal((0, null), Owners.TakeProblems());
    }

    [Fact]
    public void ProcessesAreSearchedForNewSocketsAlone()
    {
        AddProcesses();
        _ = Owners;
        File.WriteAllText(Path.Combine(_proc.FullName, "200", "comm"), "another\n");
        Directory.Delete(Path.Combine(_proc.FullName, "100"), recursive: true);
        Owners.Refresh();
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((200, "client"), ProcessOf(6, "127.0.0.1:40001", "127.0.0.1:8000"));
        Assert.Equal((100, "server"), ProcessOf(6, "127.0.0.1:8000", "127.0.0.1:40001"));
    }

    [Fact]
    public void HostileNameCommandsNoTerminal()
    {
        AddProcess(200, "a\u001b[2J", "c");
        Assert.Equal((200, @"a\x1b[2J"), ProcessOf(6, "127.0.0.1:40001", "127.0.0.1:8000"));
    }

    [Fact]
    public void KernelThatStopsAnsweringIsAWarningAndOwnersStay()
    {
        AddProcesses();
        _ = Owners;
        _kernel.Socket.OnSend = null;
        _time.Advance(TimeSpan.FromSeconds(2));
        (int hidden, string? warning) = Owners.TakeProblems();
        Assert.Equal(0, hidden);
        Assert.StartsWith("The processes of connections could not be read: ", warning);
        Assert.Equal((200, "client"), ProcessOf(6, "127.0.0.1:40001", "127.0.0.1:8000"));
    }

    private ConnectionOwners Owners => _owners ??= new ConnectionOwners(
        _kernel.Query, new ProcessFiles(_proc.FullName), TimeSpan.FromSeconds(5), _time);

    private (int? Id, string? Name) ProcessOf(byte protocol, string source, string destination)
    {
        FlowProcess process = Owners.Find(new FlowValues(
            new IpProtocol(protocol), AddrPort.Parse(source), AddrPort.Parse(destination), default, 0, 0, default))
            ?? default;
        return (process.Id, process.Name);
    }

    /// <summary>The manager of services holds the sockets of the server, too, but not first.</summary>
    private void AddProcesses()
    {
        AddProcess(1, "init", "u", "u6", "l", "l6");
        AddProcess(100, "server", "l", "l6", "a", "a4", "a6");
        AddProcess(200, "client", "c", "c4", "c6", "u2");
        AddProcess(300, "child", "c", "a");
        File.WriteAllText(Path.Combine(_proc.FullName, "uptime"), "1 1\n");
    }

    private void AddProcess(int id, string name, params string[] sockets)
    {
        DirectoryInfo files = Directory.CreateDirectory(Path.Combine(_proc.FullName, $"{id}", "fd"));
        File.WriteAllText(Path.Combine(files.Parent!.FullName, "comm"), $"{name}\n");
        File.CreateSymbolicLink(Path.Combine(files.FullName, "0"), "/dev/null");
        foreach (string socket in sockets)
        {
            uint inode = _kernel.InodeOf(socket);
            File.CreateSymbolicLink(Path.Combine(files.FullName, $"{inode}"), $"socket:[{inode}]");
        }
    }
}
