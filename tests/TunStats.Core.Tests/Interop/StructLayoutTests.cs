using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using TunStats.Interop;
using Xunit;

namespace TunStats.Tests.Interop;

/// <summary>Sizes and offsets against the kernel's and libc's own headers, as a C compiler sees them.</summary>
public sealed class StructLayoutTests
{
    private static readonly Type[] Structs =
    [
        typeof(nlmsghdr), typeof(nlattr), typeof(nlmsgerr), typeof(sockaddr_nl), typeof(pollfd),
        typeof(tcmsg), typeof(gnet_stats_queue),
        typeof(if_stats_msg), typeof(ifinfomsg), typeof(rtnl_link_stats64), typeof(nfgenmsg),
        typeof(tpacket_req3), typeof(tpacket_stats_v3), typeof(tpacket_block_desc), typeof(tpacket3_hdr),
        typeof(sockaddr_ll), typeof(virtio_net_hdr), typeof(sock_filter), typeof(sock_fprog),
        typeof(ifaddrmsg), typeof(rtmsg), typeof(rtnexthop), typeof(nhmsg), typeof(nexthop_grp),
        typeof(inet_diag_sockid), typeof(inet_diag_req_v2), typeof(inet_diag_msg),
        typeof(genlmsghdr), typeof(__kernel_timespec), typeof(sockaddr_un),
        typeof(statx), typeof(statx_timestamp), typeof(termios), typeof(winsize), typeof(ifreq),
    ];

    [CompilerFact]
    public void StructsAreLaidOutAsInTheHeaders()
    {
        var source = new StringBuilder("""
            #include <stddef.h>
            #include <stdio.h>
            #include <poll.h>
            #include <sys/socket.h>
            #include <sys/ioctl.h>
            #include <termios.h>
            #include <linux/netlink.h>
            #include <linux/genetlink.h>
            #include <linux/time_types.h>
            #include <linux/un.h>
            #include <linux/rtnetlink.h>
            #include <linux/nexthop.h>
            #include <linux/if_link.h>
            #include <linux/gen_stats.h>
            #include <linux/pkt_sched.h>
            #include <linux/netfilter/nfnetlink_conntrack.h>
            #include <linux/if.h>
            #include <linux/if_packet.h>
            #include <linux/filter.h>
            #include <linux/stat.h>
            #include <linux/virtio_net.h>
            #include <linux/inet_diag.h>
            int main(void) {

            """);
        var expected = new StringBuilder();
        foreach (Type type in Structs)
        {
            // Headers older than this kernel end the struct earlier; its members must still lie where they lie here.
            bool mayBeLonger = type == typeof(rtnl_link_stats64) || type == typeof(tpacket_block_desc);
            if (!mayBeLonger)
            {
                Line(source, expected, $"{type.Name} size", $"sizeof(struct {type.Name})", Marshal.SizeOf(type));
            }

            const BindingFlags Fields = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
            foreach (FieldInfo field in type.GetFields(Fields).Where(f => f.Name != "rx_otherhost_dropped"))
            {
                int offset = (int)Marshal.OffsetOf(type, field.Name);
                string place = $"offsetof(struct {type.Name}, {Path(field.Name)})";
                Line(source, expected, $"{type.Name}.{field.Name}", place, offset);
            }
        }

        source.AppendLine("return 0; }");
        Assert.Equal(expected.ToString(), CompileAndRun(source.ToString()));
    }

    [CompilerFact]
    public void ConstantsAreTheHeaders()
    {
        var source = new StringBuilder("""
            #include <stdio.h>
            #include <fcntl.h>
            #include <poll.h>
            #include <sched.h>
            #include <sys/eventfd.h>
            #include <sys/socket.h>
            #include <netinet/in.h>
            #include <sys/ioctl.h>
            #include <linux/sockios.h>
            #include <linux/netlink.h>
            #include <linux/genetlink.h>
            #include <linux/wireguard.h>
            #include <linux/rtnetlink.h>
            #include <linux/nexthop.h>
            #include <linux/if_link.h>
            #include <linux/gen_stats.h>
            #include <linux/pkt_sched.h>
            #include <linux/netfilter/nfnetlink_conntrack.h>
            #include <linux/if.h>
            #include <linux/if_arp.h>
            #include <linux/if_ether.h>
            #include <linux/if_packet.h>
            #include <linux/filter.h>
            #include <linux/virtio_net.h>
            #ifndef VIRTIO_NET_HDR_GSO_UDP_L4
            #define VIRTIO_NET_HDR_GSO_UDP_L4 5 /* Linux 6.2 */
            #endif
            #include <sys/mman.h>
            #include <termios.h>
            #include <sys/stat.h>
            #include <unistd.h>
            #include <linux/sock_diag.h>
            #include <netinet/tcp.h>
            int main(void) {

            """);
        var expected = new StringBuilder();
        Type[] holders = [typeof(NetlinkConstants), typeof(RtnetlinkConstants), typeof(SocketConstants),
            typeof(PacketConstants), typeof(ConntrackConstants), typeof(RouteConstants),
            typeof(GenericNetlinkConstants), typeof(FileConstants), typeof(TerminalConstants),
            typeof(SocketDiagConstants)];
        const BindingFlags Constants = BindingFlags.Static | BindingFlags.NonPublic;
        foreach (FieldInfo constant in holders.SelectMany(h => h.GetFields(Constants)))
        {
            long value = Convert.ToInt64(constant.GetRawConstantValue(), CultureInfo.InvariantCulture);
            string name = constant.Name switch
            {
                nameof(RtnetlinkConstants.IFLA_STATS_LINK_64_FILTER) => "IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64)",
                nameof(PacketConstants.BPF_LD_LEN) => "BPF_LD | BPF_W | BPF_LEN",
                nameof(PacketConstants.BPF_JGT_K) => "BPF_JMP | BPF_JGT | BPF_K",
                nameof(PacketConstants.BPF_RET_K) => "BPF_RET | BPF_K",
                nameof(NetlinkConstants.NLA_TYPE_MASK) => "(unsigned short)NLA_TYPE_MASK",
                _ => constant.Name,
            };
            Line(source, expected, constant.Name, name, value);
        }

        source.AppendLine("return 0; }");
        string flags = "#define _GNU_SOURCE\n";
        Assert.Equal(expected.ToString(), CompileAndRun(flags + source));
    }

    /// <summary>Members that lie in a struct or union of their own in the headers.</summary>
    private static string Path(string field) => field switch
    {
        "block_status" or "num_pkts" or "offset_to_first_pkt" or "blk_len" => "hdr.bh1." + field,
        "tp_rxhash" or "tp_vlan_tci" or "tp_vlan_tpid" => "hv1." + field,
        "hv1_padding" => "hv1.tp_padding",
        _ => field,
    };

    private static void Line(StringBuilder source, StringBuilder expected, string what, string expression, long value)
    {
        source.AppendLine(CultureInfo.InvariantCulture, $"printf(\"{what} %lld\\n\", (long long)({expression}));");
        expected.Append(CultureInfo.InvariantCulture, $"{what} {value}\n");
    }

    private static string CompileAndRun(string source)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tunstats");
        try
        {
            string file = System.IO.Path.Combine(folder.FullName, "layout.c");
            string program = System.IO.Path.Combine(folder.FullName, "layout");
            File.WriteAllText(file, source);
            (int code, string said) = Run("cc", ["-o", program, file]);
            Assert.True(code == 0, said);
            return Run(program, []).Output;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (int ExitCode, string Output) Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        string error = "";
        process.ErrorDataReceived += (_, line) => error += line.Data + "\n";
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + error);
    }
}
