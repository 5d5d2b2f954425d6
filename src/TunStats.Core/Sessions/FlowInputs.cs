using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.Sessions;

/// <summary>
/// Resolves the inputs. Devices are looked up once by netlink in the session's namespace; only a name that the kernel
/// does not know may be a file.
/// </summary>
internal sealed class FlowInputs : IDisposable
{
    // Hardware types (ARPHRD_*) of devices without IP packets: CAN, netlink and vsock monitors.
    private static readonly ushort[] WithoutIp = [280, 824, 826];

    private readonly NetworkNamespace? _space;
    private readonly TimeProvider _timeProvider;
    private readonly IFlowSink _sink;
    private readonly CancellationToken _cancellationToken;
    private readonly List<string> _devices = [];
    private readonly List<string> _files = [];
    private LinkClient? _client;

    internal FlowInputs(
        NetworkNamespace? space, TimeProvider timeProvider, IFlowSink sink, CancellationToken cancellationToken)
    {
        _space = space;
        _timeProvider = timeProvider;
        _sink = sink;
        _cancellationToken = cancellationToken;
    }

    /// <summary>The names of the devices, each once.</summary>
    internal IReadOnlyList<string> Devices => _devices;

    /// <summary>The paths of the capture files.</summary>
    internal IReadOnlyList<string> Files => _files;

    private LinkClient Client => _client ??= LinkClient.Open(_space, _timeProvider);

    /// <summary>Adds the sources of an input; a missing one is an error for the sink.</summary>
    internal void Resolve(FlowInput input)
    {
        string text = input.Text;
        bool isPath = text == "-" || text.Contains('/', StringComparison.Ordinal);
        if (input.Kind == FlowInputKind.File || (input.Kind == FlowInputKind.DeviceOrFile && isPath))
        {
            AddFile(text);
            return;
        }

        LinkSelection selection = Client.Select(text, _cancellationToken);
        if (selection.Wildcard is not { } wildcard)
        {
            AddDevice(text, selection.Name, mayBeFile: input.Kind == FlowInputKind.DeviceOrFile);
            return;
        }

        List<LinkInfo> links = [.. Client.ListLinks(link => wildcard.IsMatch(link.Name), _cancellationToken).Items];
        links.RemoveAll(link => !CarriesIp(link));
        links.ForEach(Add);
        if (links.Count == 0 && input.Kind == FlowInputKind.DeviceOrFile && File.Exists(text))
        {
            AddFile(text);
        }
    }

    /// <summary>Opens one source; an error concerns only this source.</summary>
    internal void Guard(string source, Action open)
    {
        try
        {
            open();
        }
        catch (TunStatsException e) when (e is not NetlinkException)
        {
            _sink.OnError(e, source);
        }
    }

    public void Dispose() => _client?.Dispose();

    private static bool CarriesIp(LinkInfo link) => !WithoutIp.Contains(link.HardwareType);

    private void AddDevice(string text, string name, bool mayBeFile)
    {
        try
        {
            LinkInfo link = Client.GetLink(name, _cancellationToken);
            if (!CarriesIp(link))
            {
                throw new TunStatsException(
                    ErrorKind.NotAnIpDevice,
                    text,
                    $"'{link.Name}' is a device of the kind {link.Kind} (ARPHRD {link.HardwareType}), which carries no "
                    + "IP packets. Name a tunnel or another network interface.");
            }

            Add(link);
        }
        catch (TunStatsException e) when (mayBeFile && Look(text, out _) is not (Errno.ENOENT or Errno.ENOTDIR)
            && e.Kind is ErrorKind.DeviceNotFound or ErrorKind.InvalidDeviceName)
        {
            AddFile(text);
        }
        catch (TunStatsException e) when (e is not NetlinkException)
        {
            _sink.OnError(e, text);
        }
    }

    private void Add(LinkInfo link)
    {
        if (!_devices.Contains(link.Name))
        {
            _devices.Add(link.Name);
        }
    }

    private void AddFile(string path)
    {
        bool isDirectory = false;
        Errno errno = path == InputFile.StandardInput ? Errno.None : Look(path, out isDirectory);
        if (isDirectory)
        {
            _sink.OnError(new IOException($"'{path}' is a directory. Give the path of a capture file."), path);
        }
        else if (errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            _sink.OnError(new FileNotFoundException($"There is no file '{path}'.", path), path);
        }
        else if (errno != Errno.None)
        {
            _sink.OnError(new DescriptorException($"Looking for the file '{path}' (statx)", errno), path);
        }
        else
        {
            _files.Add(path);
        }
    }

    private static Errno Look(string path, out bool isDirectory)
    {
        Errno errno = FileStatus.OfPath(path, follow: true, out FileStatus there);
        isDirectory = errno == Errno.None && there.IsDirectory;
        return errno;
    }
}
