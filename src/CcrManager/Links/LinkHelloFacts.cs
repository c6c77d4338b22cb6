using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.CcrManager.Links;

/// <summary>What both a hello and a welcome say of their sender.</summary>
internal sealed record LinkHelloFacts(
    int Version, ManagerIdentity Identity, int Lanes, string Address, string LocationAddress)
{
    public static LinkHelloFacts Of(LinkHello hello) =>
        new(hello.Version, hello.Identity, hello.Lanes, hello.Address, hello.LocationAddress);

    public static LinkHelloFacts Of(LinkWelcome welcome) =>
        new(welcome.Version, welcome.Identity, welcome.Lanes, welcome.Address, welcome.LocationAddress);

    /// <summary>As it is kept and passed on.</summary>
    public Announcement Announcement => new(Identity, Address, LocationAddress);
}
