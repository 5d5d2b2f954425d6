using System;
using System.Linq;
using System.Text;
using System.Text.Json;
using TunStats.Net;
using TunStats.Tests.Vectors;
using Xunit;

namespace TunStats.Tests.Net;

public sealed class IpProtocolTests
{
    private static JsonElement File => VectorFile.Read("ipproto.json");

    public static TheoryData<string> Rejected() =>
        new(File.GetProperty("rejected").EnumerateArray().Select(row => row.GetString()!));

    [Fact]
    public void DisplayNamesAreTheVectors()
    {
        foreach (JsonElement row in File.GetProperty("displayString").EnumerateArray())
        {
            IpProtocol protocol = new(row.GetProperty("proto").GetByte());
            Assert.Equal(row.GetProperty("text").GetString(), protocol.DisplayName);
            Assert.Equal(protocol.DisplayName, protocol.ToString());
        }
    }

    [Fact]
    public void EveryNumberHasItsNameAndIsReadBackFromIt()
    {
        JsonElement[] rows = [.. File.GetProperty("marshalText").EnumerateArray()];
        Assert.Equal(256, rows.Length);
        foreach (JsonElement row in rows)
        {
            IpProtocol protocol = new(row.GetProperty("proto").GetByte());
            Assert.Equal(row.GetProperty("text").GetString(), protocol.Name);
            Assert.Equal(protocol, IpProtocol.Parse(protocol.Name));
        }
    }

    [Fact]
    public void AcceptedNamesAreReadInAnyCase()
    {
        foreach (JsonProperty row in File.GetProperty("acceptedNames").EnumerateObject())
        {
            Assert.Equal(row.Value.GetByte(), IpProtocol.Parse(row.Name).Number);
            Assert.Equal(row.Value.GetByte(), IpProtocol.Parse(row.Name.ToUpperInvariant()).Number);
            Assert.True(IpProtocol.TryParse(Encoding.UTF8.GetBytes(row.Name), out IpProtocol protocol));
            Assert.Equal(row.Value.GetByte(), protocol.Number);
        }

        Assert.Equal(0, IpProtocol.Parse(string.Empty).Number);
        Assert.Equal(255, IpProtocol.Parse("255").Number);
    }

    [Theory]
    [MemberData(nameof(Rejected))]
    [InlineData("a name that is far too long")]
    public void OtherTextsAreRefused(string text)
    {
        Assert.False(IpProtocol.TryParse(text, out _));
        Assert.False(IpProtocol.TryParse(Encoding.UTF8.GetBytes(text), out _));
        Assert.Contains(
            $"'{text}'",
            Assert.Throws<FormatException>(() => IpProtocol.Parse(text)).Message,
            StringComparison.Ordinal);
    }
}
