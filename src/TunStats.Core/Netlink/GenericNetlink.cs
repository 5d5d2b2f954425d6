using System.Threading;
using TunStats.Interop;
using static TunStats.Interop.GenericNetlinkConstants;

namespace TunStats.Netlink;

/// <summary>Looks up the ids of generic netlink families, which the kernel assigns when they are loaded.</summary>
internal static class GenericNetlink
{
    /// <summary>Looks up the message type of a family.</summary>
    /// <param name="connection">A connection over a NETLINK_GENERIC socket.</param>
    /// <param name="name">The family's name, such as <c>wireguard</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The message type; null if this kernel has no such family.</returns>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    internal static ushort? FindFamily(
        NetlinkConnection connection, string name, CancellationToken cancellationToken = default)
    {
        NetlinkRequest request = connection.NewRequest(GENL_ID_CTRL);
        request.Append(new genlmsghdr { cmd = CTRL_CMD_GETFAMILY, version = 1 });
        request.AppendAttribute(CTRL_ATTR_FAMILY_NAME, name);
        try
        {
            NetlinkMessage reply = connection.Execute(request, GENL_ID_CTRL, cancellationToken);
            reply.ReadFixed<genlmsghdr>(out System.ReadOnlySpan<byte> bytes);
            var attributes = new NetlinkAttributeReader(bytes);
            while (attributes.Read())
            {
                if (attributes.Type == CTRL_ATTR_FAMILY_ID)
                {
                    return attributes.ReadNumber<ushort>(nameof(CTRL_ATTR_FAMILY_ID));
                }
            }
        }
        catch (NetlinkException e) when (e.Kind == ErrorKind.NetlinkRefused && e.Errno == Errno.ENOENT)
        {
            return null;
        }

        NetlinkThrow.NoFamilyId(name);
        return null;
    }
}
