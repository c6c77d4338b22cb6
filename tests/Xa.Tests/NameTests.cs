using Ccr.Protocol.Names;
using Ccr.Resources.Xa;
using FsCheck;
using FsCheck.Fluent;

namespace Ccr.Xa.Tests;

public sealed class NameTests
{
    private static readonly Gen<NodeName> Nodes =
        from length in Gen.Choose(1, 24)
        from letters in Gen.Elements("abcdefghijklmnopqrstuvwxyz0123456789-".ToCharArray()).ArrayOf(length)
        select NodeName.Parse(new string(letters));

    private static readonly Gen<byte[]> Octets =
        from length in Gen.Choose(1, 64)
        from octets in Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf(length)
        select octets;

    private static readonly Gen<ulong> Numbers =
        from bits in Gen.Choose(0, 64)
        from high in Gen.Choose(0, int.MaxValue)
        from low in Gen.Choose(0, int.MaxValue)
        select bits == 0 ? 0 : (((ulong)high << 33) ^ ((ulong)low << 2) ^ (ulong)bits) >> (64 - bits);

    private static readonly Gen<Suffix> Suffixes = Gen.OneOf(
        Numbers.Select(n => Suffix.OfInteger(unchecked((long)n))),
        from epoch in Numbers from counter in Numbers select Suffix.OfCounter((uint)epoch, counter),
        Octets.Select(o => Suffix.OfOctets(o)),
        Nodes.Select(n => Suffix.OfOctets(System.Text.Encoding.ASCII.GetBytes(n.Value))));

    private static readonly Gen<AeTitle> Titles = Gen.Frequency(
        (4, Nodes.Select(AeTitle.Of)),
        (1, Octets.Select(o => AeTitle.FromCanonical([0x06, (byte)o.Length, .. o]))));

    private static readonly Gen<ManagerIdentity> Managers =
        from node in Nodes
        from high in Numbers
        from low in Numbers
        from epoch in Numbers
        select new ManagerIdentity(node, new LogIdentity(new UInt128(high, low)), (uint)epoch);

    private static readonly Gen<XaName> AllNames =
        from manager in Managers
        from owner in Gen.OneOf(Gen.Constant(AeTitle.Of(manager.Node)), Titles)
        from initiator in Gen.OneOf(Gen.Constant(AeTitle.Of(manager.Node)), Titles)
        from action in Suffixes
        from branch in Suffixes
        select new XaName(new AtomicActionId(owner, action), new BranchId(initiator, branch), manager);

    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(3_000);

    [Fact]
    public void A_gid_is_read_back_exactly_or_refused_in_words() => Prop.ForAll(AllNames.ToArbitrary(), name =>
    {
        string gid;
        try
        {
            gid = name.ToGid();
        }
        catch (XaNameException e)
        {
            return e.Message.Contains("199 are allowed");
        }

        return gid.Length <= XaName.GidOctetsMax && gid.All(c => c is > ' ' and < (char)127 and not '\'' and not '\\')
            && XaName.TryParseGid(gid, out XaName? read) && read == name;
    }).Check(Many);

    [Fact]
    public void An_xid_is_read_back_exactly_or_refused_in_words() => Prop.ForAll(AllNames.ToArbitrary(), name =>
    {
        (string Gtrid, string Bqual) xid;
        try
        {
            xid = name.ToXid();
        }
        catch (XaNameException e)
        {
            return e.Message.Contains("64 are allowed");
        }

        return xid.Gtrid.Length <= 64 && xid.Bqual.Length <= 64
            && XaName.TryParseXid(XaName.FormatId, xid.Gtrid, xid.Bqual, out XaName? read) && read == name
            && !XaName.TryParseXid(1, xid.Gtrid, xid.Bqual, out _);
    }).Check(Many);

    [Fact]
    public void Names_of_actions_that_a_manager_numbered_always_fit()
    {
        NodeName node = NodeName.Parse(new string('z', 24));
        ManagerIdentity manager = new(node, new LogIdentity(UInt128.MaxValue), uint.MaxValue);
        AtomicActionId action = new(AeTitle.Of(node), Suffix.OfCounter(uint.MaxValue, ulong.MaxValue));
        XaName numbered = new(action, new BranchId(AeTitle.Of(node), Suffix.OfInteger(long.MaxValue)), manager);
        Assert.True(XaName.TryParseGid(numbered.ToGid(), out _));
        Assert.True(XaName.TryParseXid(XaName.FormatId, numbered.ToXid().Gtrid, numbered.ToXid().Bqual, out _));

        // A subordinate of the longest name, a branch named after a database of the longest name, in PostgreSQL.
        NodeName other = NodeName.Parse(new string('y', 24));
        XaName longest = new(
            action, new BranchId(AeTitle.Of(other), Suffix.OfOctets(new byte[64])),
            manager with { Node = other });
        Assert.True(longest.ToGid().Length <= XaName.GidOctetsMax, $"{longest.ToGid().Length}");
        Assert.Throws<XaNameException>(() => longest.ToXid());
    }

    [Theory]
    [InlineData("")]
    [InlineData("ccr1")]
    [InlineData("ccr1//////")]
    [InlineData("ccr1/tokyo/c3.1/~/~/ASNFZ4mrze_-3LqYdlQyEA/3")]
    [InlineData("ccr1/tokyo/c3.1/~/~/ASNFZ4mrze_-3LqYdlQyEA/3/i1/x")]
    [InlineData("ccr1/tokyo/c03.1/~/~/ASNFZ4mrze_-3LqYdlQyEA/3/i1")]
    [InlineData("ccr1/tokyo/c3.1/tokyo/~/ASNFZ4mrze_-3LqYdlQyEA/3/i1")]
    [InlineData("ccr1/tokyo/c3.1/~/~/ASNFZ4mrze_-3LqYdlQyEB/3/i1")]
    [InlineData("ccr1/tokyo/c3.1/~/~/ASNFZ4mrze_-3LqYdlQyEA/3/i-0")]
    [InlineData("ccr1/tokyo/c3.1/~/~/ASNFZ4mrze_-3LqYdlQyEA/3/x")]
    [InlineData("ccr1/tokyo/c3.1/~/~/ASNFZ4mrze_-3LqYdlQyEA/3/xYWJj")]
    [InlineData("ccr1/TOKYO/c3.1/~/~/ASNFZ4mrze_-3LqYdlQyEA/3/i1")]
    [InlineData("00000000-0000-0000-0000-000000000000/4711")]
    public void What_we_did_not_write_is_not_ours(string gid) => Assert.False(XaName.TryParseGid(gid, out _));

    [Fact]
    public void Any_text_is_read_without_an_exception() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>(), text =>
            !XaName.TryParseGid("ccr1/" + text, out _) && !AssistedName.TryParse(text, out _)
            && (text is null || !XaName.TryParseXid(XaName.FormatId, text, text, out _))).Check(Many);

    [Fact]
    public void An_example_is_pinned()
    {
        int counter = 41;
        XaName name = Names.Next(ref counter);
        Assert.Equal("ccr1/tokyo/c3.16/~/~/ASNFZ4mrze_-3LqYdlQyEA/3/i1", name.ToGid());
        Assert.Equal(("tokyo/c3.16", "~/~/ASNFZ4mrze_-3LqYdlQyEA/3/i1"), name.ToXid());
        Assert.Equal(
            "'tokyo/c3.16','~/~/ASNFZ4mrze_-3LqYdlQyEA/3/i1',1128485425",
            MySqlDialect.Instance.NativeName(name));
    }

    [Fact]
    public void An_assisted_name_leads_to_its_action() => Prop.ForAll(
        Managers.SelectMany(m => Numbers, (m, n) => (Manager: m, Counter: n >> 16)).ToArbitrary(), made =>
        {
            ManagerIdentity manager = made.Manager with { Epoch = Math.Max(1, made.Manager.Epoch) };
            AtomicActionId action = new(AeTitle.Of(manager.Node), Suffix.OfCounter(manager.Epoch, made.Counter));
            string gid = $"{AssistedName.For(manager, action)}/4711";
            return AssistedName.TryParse(gid, out AssistedName name) && name.IsOf(manager) && name.Pid == 4711
                && name.ActionAt(manager.Node).Equals(action) && name.ToString() == gid
                && !name.IsOf(manager with { Log = new LogIdentity(manager.Log.Value + 1) })
                && !name.IsOf(manager with { Epoch = manager.Epoch - 1 });
        }).Check(Many);

    [Fact]
    public void Plain_Npgsqls_name_is_nobodys()
    {
        Assert.False(AssistedName.TryParse("00000000-0000-0000-0000-000000000000/4711", out _));
        Assert.True(AssistedName.TryParse("41f91aae-c63f-42f0-8bb4-3bf8c6f4b2b2/821", out AssistedName foreign));
        Assert.False(foreign.IsOf(Names.Tokyo));
        Assert.False(AssistedName.TryParse("41F91AAE-c63f-42f0-8bb4-3bf8c6f4b2b2/821", out _));
        Assert.False(AssistedName.TryParse("41f91aae-c63f-42f0-8bb4-3bf8c6f4b2b2/0821", out _));
    }

    [Fact]
    public void The_hash_of_a_log_is_pinned() =>
        Assert.Equal(0xf53e4fbd3d4bUL, AssistedName.HashOf(Names.Tokyo.Log));

    [Fact]
    public void Only_actions_that_the_manager_numbered_have_an_assisted_name()
    {
        AeTitle title = AeTitle.Of(Names.Tokyo.Node);
        Assert.Throws<XaNameException>(
            () => AssistedName.For(Names.Tokyo, new AtomicActionId(title, Suffix.OfInteger(1))));
        Assert.Throws<XaNameException>(
            () => AssistedName.For(Names.Tokyo, new AtomicActionId(title, Suffix.OfCounter(1, 1UL << 48))));
        Assert.Throws<XaNameException>(() => AssistedName.For(
            Names.Tokyo, new AtomicActionId(AeTitle.Of(NodeName.Parse("oslo")), Suffix.OfCounter(1, 1))));
    }

    [Fact]
    public void A_note_is_read_back()
    {
        BranchNote note = new(4711, ulong.MaxValue);
        Assert.Equal("pid=4711;xid=18446744073709551615", note.ToString());
        Assert.True(BranchNote.TryParse(note.ToString(), out BranchNote read));
        Assert.Equal(note, read);
        Assert.False(BranchNote.TryParse("pid=;xid=1", out _));
        Assert.False(BranchNote.TryParse(null, out _));
    }

    [Theory]
    [InlineData(5u, 10ul, 5ul)]
    [InlineData(0xFFFFFFF0u, 0x1_0000_0010ul, 0xFFFFFFF0ul)]
    [InlineData(5u, 0x1_FFFF_FFF0ul, 0x2_0000_0005ul)]
    [InlineData(7u, 0x3_0000_0007ul, 0x3_0000_0007ul)]
    public void A_short_transaction_number_is_widened(uint lower, ulong next, ulong whole) =>
        Assert.Equal(whole, PostgreSqlDialect.Widen(lower, next));
}
