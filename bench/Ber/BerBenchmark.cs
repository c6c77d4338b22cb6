using System.Globalization;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Names;

namespace Ccr.Bench.Ber;

/// <summary>Encode and decode C-BEGIN-RI and C-RECOVER-RI, against System.Formats.Asn1 doing the same.</summary>
internal sealed class BerBenchmark : IBenchmark
{
    private const double NanosecondsReach = 250;

    private static readonly AeTitle Tokyo = AeTitle.Of(NodeName.Parse("tokyo"));
    private static readonly AeTitle Osaka = AeTitle.Of(NodeName.Parse("osaka"));
    private static readonly AeTitle Foreign = AeTitle.FromCanonical(Convert.FromHexString("06078837CC4C030101"));
    private static readonly Suffix Sixteen = Suffix.OfOctets(Convert.FromHexString("00112233445566778899AABBCCDDEEFF"));
    private static readonly Suffix One = Suffix.OfInteger(1);

    // The vectors begin-ri-side and recover-ri-ready (ccr-standard.md 2.4), and what our nodes send.
    private static readonly (string Name, Apdu Apdu)[] Shapes =
    [
        ("C-BEGIN-RI, side", new BeginRi(PartyName.Sender, Sixteen, One)),
        ("C-BEGIN-RI, node title", new BeginRi(PartyName.Of(Tokyo), Suffix.OfCounter(3, 42), One)),
        ("C-RECOVER-RI, OID title", new RecoverRi(
            PartyName.Of(Foreign), Sixteen, PartyName.Of(Foreign), One, RecoveryState.Ready)),
        ("C-RECOVER-RI, node titles", new RecoverRi(
            PartyName.Of(Tokyo), Suffix.OfCounter(3, 42), PartyName.Of(Osaka), One, RecoveryState.Ready)),
    ];

    public string Name => "ber";

    public string Group => "core";

    public string Summary => "BER: encode and decode C-BEGIN-RI and C-RECOVER-RI";

    public Task RunAsync(IReport report, CancellationToken cancellation)
    {
        foreach ((string name, Apdu apdu) in Shapes)
        {
            cancellation.ThrowIfCancellationRequested();
            report.Progress($"BER: {name}");
            Measure(report, name, apdu);
        }

        return Task.CompletedTask;
    }

    private static void Measure(IReport report, string name, Apdu apdu)
    {
        OwnCodec own = new(apdu);
        SystemCodec system = new(apdu);
        Check(name, own.RoundTrip(1), system.RoundTrip(1), apdu);
        (double ours, double theirs) = Timing.Compare(n => own.RoundTrip(n), n => system.RoundTrip(n));
        report.Add(new Figure(
            $"BER encode + decode {name}",
            Math.Round(ours, 1),
            "ns",
            string.Create(CultureInfo.InvariantCulture, $"System.Formats.Asn1: {theirs:0.0} ns"),
            Math.Round(ours / theirs, 3),
            $"under {NanosecondsReach} ns",
            ours < NanosecondsReach));

        double oursOctets = Timing.AllocatedBy(own.Encode);
        double theirsOctets = Timing.AllocatedBy(system.Encode);
        report.Add(new Figure(
            $"BER encode {name}: allocated",
            oursOctets,
            "octets",
            string.Create(CultureInfo.InvariantCulture, $"System.Formats.Asn1: {theirsOctets:0} octets"),
            theirsOctets == 0 ? null : Math.Round(oursOctets / theirsOctets, 3),
            "0 octets",
            oursOctets == 0));
    }

    private static void Check(string name, Apdu? ours, Apdu? theirs, Apdu apdu)
    {
        if (!apdu.Equals(ours) || !apdu.Equals(theirs))
        {
            throw new InvalidOperationException($"{name} did not decode to what was encoded: no figure counts.");
        }
    }

    private sealed class OwnCodec(Apdu apdu)
    {
        private readonly BerWriter _writer = new();
        private readonly AeTitleCache _titles = new();

        internal Apdu? RoundTrip(int times)
        {
            Apdu? back = null;
            for (int i = 0; i < times; i++)
            {
                _writer.Reset();
                apdu.Write(_writer);
                back = Apdu.Decode(_writer.Written, out _, _titles);
            }

            return back;
        }

        internal void Encode(int times)
        {
            for (int i = 0; i < times; i++)
            {
                _writer.Reset();
                apdu.Write(_writer);
            }
        }
    }
}
