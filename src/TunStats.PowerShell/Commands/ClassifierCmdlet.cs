using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using TunStats.Classes;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Net;
using TunStats.Peers;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;

namespace TunStats.PowerShell.Commands;

/// <summary>What the cmdlets that classify share: where routes and overlay ranges come from.</summary>
public abstract class ClassifierCmdlet : TunStatsCmdlet
{
    /// <summary>Addresses, or prefixes, of this node in the tunnel.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] LocalAddress { get; set; } = [];

    /// <summary>Prefixes that the tunnel carries.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Route { get; set; } = [];

    /// <summary>Names and wildcards of the devices whose addresses and routes count.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DeviceNameCompleter))]
    public string[] RouteDevice { get; set; } = [];

    /// <summary>
    /// The ranges of the overlay network; where none are given, Tailscale's if the device has an address in them, else
    /// the networks of its addresses.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(OverlayCompleter))]
    public string[] Overlay { get; set; } = [];

    /// <summary>Files of routes, as text or JSON.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] RouteFile { get; set; } = [];

    /// <summary>The network namespace of the device: a name, a path or a process id.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [NamespacePath]
    [ArgumentCompleter(typeof(NetworkNamespaceCompleter))]
    public string? NetworkNamespace { get; set; }

    /// <summary>The peers of the device, where they are asked for and there are any.</summary>
    private protected TunPeerSnapshot? PeersOfDevice { get; set; }

    /// <summary>The routes in use; null if nothing names any.</summary>
    private protected ClassifierSource? Source { get; private set; }

    /// <summary>What the parameters say of classes.</summary>
    private protected ClassifierOptions Classes => new()
    {
        Devices = RouteDevice,
        NetworkNamespace = NetworkNamespace,
        LocalAddresses = LocalAddress,
        Routes = Route,
        RouteFiles = [.. RouteFile.Select(ResolveFile)],
        Overlay = Overlay,
    };

    /// <summary>Reads a prefix or an address; an error ends the pipeline.</summary>
    private protected IpPrefix ParsePrefix(string text)
    {
        if (!IpPrefix.TryParsePrefixOrAddress(text, out IpPrefix prefix, out IpParseError error))
        {
            ThrowTerminatingError(ErrorRecords.InvalidPrefix(text, error));
        }

        return prefix;
    }

    /// <summary>
    /// The devices of names and wildcards; every tunnel if neither a name nor anything else says which routes to use. A
    /// name that is missing is an error that does not end the others.
    /// </summary>
    private protected string[] FindDevices(string[] names)
    {
        if (names.Length == 0 && !Classes.IsEmpty)
        {
            Require(nameof(NetworkNamespace), RouteDevice.Length > 0, "-Name or -RouteDevice");
            return [];
        }

        List<string> found = [];
        Guard(() => found.AddRange(ListDevices(names)), NetworkNamespace);
        return [.. found.Distinct()];
    }

    /// <summary>Opens what the parameters name; an error ends the pipeline.</summary>
    /// <param name="devices">The devices whose routes count, besides those of -RouteDevice.</param>
    private protected ClassifierSource? OpenSource(params string[] devices)
    {
        devices = [.. devices.Union(RouteDevice)];
        ClassifierOptions options = Classes with
        {
            Devices = devices,
            Nodes = PeersOfDevice?.ToNodeMap(),
            NodeRoutes = PeersOfDevice?.ToRouteSet(),
        };
        if (options.IsEmpty)
        {
            return null;
        }

        Guard(() => Source = ClassifierSource.Open(options, cancellationToken: StopToken), devices.FirstOrDefault());
        if (!Source!.IsCurrent)
        {
            WriteWarning($"The routes{Of(devices)} kept changing while they were read: one may be missing.");
        }

        if (Source.Current.Routes.IsEmpty)
        {
            string what = Source.Current.Routes.Routes.Count == 0
                ? $"There is no address and no route{Of(devices)}"
                : $"No address and no route{Of(devices)} counts, as Get-FlowRoute shows";
            WriteWarning($"{what}: all traffic will be exit traffic. Give -Route or -LocalAddress.");
        }

        return Source;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Source?.Dispose();
        base.Dispose(disposing);
    }

    private List<string> ListDevices(string[] names)
    {
        using NetworkNamespace? space = OpenNamespace(NetworkNamespace);
        using LinkClient client = LinkClient.Open(space);
        if (names.Length == 0)
        {
            return [.. client.ListLinks(link => link.IsTunnel, StopToken).Items.Select(link => link.Name)];
        }

        List<string> found = [];
        foreach (string name in names)
        {
            try
            {
                found.AddRange(client.SelectNames(name, StopToken).Select(one => client.GetLink(one, StopToken).Name));
            }
            catch (TunStatsException e) when (e.Kind is ErrorKind.DeviceNotFound or ErrorKind.InvalidDeviceName)
            {
                WriteError(ErrorRecords.From(e, name));
            }
        }

        return found;
    }

    private static string Of(string[] devices) =>
        devices.Length == 0 ? "" : $" of {string.Join(", ", devices)}";
}
