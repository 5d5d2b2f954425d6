using System;
using TunStats.Interop;
using static TunStats.Interop.NetlinkConstants;

namespace TunStats.Netlink;

/// <summary>Handles the messages that carry no data: acks, errors (struct nlmsgerr) and the end of a dump.</summary>
internal static class NetlinkControl
{
    /// <summary>
    /// Whether a message carries no data: true for an ack or the end of a dump, an exception for an error.
    /// </summary>
    internal static bool IsControl(scoped in NetlinkMessage message)
    {
        switch (message.Type)
        {
            case NLMSG_OVERRUN:
                NetlinkThrow.Overrun();
                return true;
            case NLMSG_ERROR:
                nlmsgerr error = message.ReadFixed<nlmsgerr>(out ReadOnlySpan<byte> rest);
                ThrowOnError(message, error.error, rest, (int)error.msg.nlmsg_len);
                return true;
            case NLMSG_DONE:
                // An int: 0, or the negative error number that ended a dump early; the kernel's text may follow.
                int status = message.Payload.IsEmpty ? 0 : message.ReadFixed<int>(out _);
                ThrowOnError(message, status, message.Payload.Length > 4 ? message.Payload[4..] : default, 16);
                return true;
            default:
                return false;
        }
    }

    private static void ThrowOnError(
        scoped in NetlinkMessage message, int error, ReadOnlySpan<byte> rest, int requestLength)
    {
        if (error == 0)
        {
            return;
        }

        // Without NLM_F_CAPPED the whole request precedes the attributes; the rest lacks its header.
        bool capped = message.Type == NLMSG_DONE || (message.Flags & NLM_F_CAPPED) != 0;
        int echoed = capped ? 0 : Math.Clamp(NetlinkMessage.Align(requestLength) - 16, 0, rest.Length);
        string? text = (message.Flags & NLM_F_ACK_TLVS) != 0 ? KernelText(rest[echoed..]) : null;
        NetlinkThrow.Kernel((Errno)(-error), text);
    }

    private static string? KernelText(ReadOnlySpan<byte> attributes)
    {
        var reader = new NetlinkAttributeReader(attributes);
        while (reader.Read())
        {
            if (reader.Type == NLMSGERR_ATTR_MSG)
            {
                return reader.ReadText();
            }
        }

        return null;
    }
}
