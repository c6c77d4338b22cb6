using Ccr.Explorer.Lanes;

namespace Ccr.Explorer.World;

/// <summary>
/// A connection between two nodes, opened by the first. A frame is a number of the cast. When it is broken, either end
/// may still get what was sent before, until it is told.
/// </summary>
internal sealed class Link
{
    internal const int Gone = -1;

    /// <summary>The opener, then the other.</summary>
    internal int[] Node { get; init; } = new int[2];

    /// <summary>What each end's lane knows it by; <see cref="Gone"/> when that end knows it is over.</summary>
    internal int[] Slot { get; init; } = new int[2];

    /// <summary>What both ends knew it by when it was made; with the nodes, no other link has it.</summary>
    internal int Name { get; init; }

    /// <summary>Its name for the invariants.</summary>
    internal long Number => (((long)Name * 4) + Node[0]) * 4 + Node[1];

    internal bool IsBroken { get; set; }

    /// <summary>What travels to each end.</summary>
    internal List<int>[] To { get; init; } = [[], []];

    internal Link Clone() => new()
    {
        Node = Node,
        Slot = [.. Slot],
        Name = Name,
        IsBroken = IsBroken,
        To = [[.. To[0]], [.. To[1]]],
    };

    internal int[] ToRow() =>
    [
        Node[0], Node[1], Slot[0], Slot[1], IsBroken ? 1 : 0, Name, To[0].Count, .. To[0], .. To[1],
    ];

    internal static Link Of(int[] row) => new()
    {
        Node = [row[0], row[1]],
        Slot = [row[2], row[3]],
        IsBroken = row[4] == 1,
        Name = row[5],
        To = [[.. row[7..(7 + row[6])]], [.. row[(7 + row[6])..]]],
    };

    /// <summary>Which end a node's slot is, or -1.</summary>
    internal int EndOf(int node, int slot) =>
        Node[0] == node && Slot[0] == slot ? 0 : Node[1] == node && Slot[1] == slot ? 1 : -1;
}

/// <summary>All connections, and messages to nodes that travel over any of them.</summary>
internal sealed class Network
{
    internal List<Link> Links { get; init; } = [];

    /// <summary>From, to, frame.</summary>
    internal List<(int From, int To, int Frame)> Loose { get; init; } = [];

    /// <summary>A copy in which one link may be changed.</summary>
    internal Network With(int changing)
    {
        var copy = new Network { Links = [.. Links], Loose = [.. Loose] };
        if (changing >= 0)
        {
            copy.Links[changing] = Links[changing].Clone();
        }

        return copy;
    }

    /// <summary>A copy in which everything may be changed.</summary>
    internal Network DeepCopy() => new() { Links = [.. Links.Select(l => l.Clone())], Loose = [.. Loose] };

    /// <summary>The lowest number that no link of this node has.</summary>
    internal int FreeSlot(int node)
    {
        int slot = 1;
        while (Links.Exists(l => l.EndOf(node, slot) >= 0))
        {
            slot++;
        }

        return slot;
    }

    /// <summary>The link that a node knows by a number.</summary>
    internal Link? LinkOf(int node, int slot) => Links.Find(l => l.EndOf(node, slot) >= 0);

    /// <summary>One end at least may still speak on a link of this name.</summary>
    internal bool IsOpen(long name) => Links.Exists(l => l.Number == name);

    /// <summary>A frame leaves a node on one of its links; on a broken one it gets lost.</summary>
    internal void Send(int node, int slot, int frame)
    {
        foreach (Link link in Links)
        {
            int end = link.EndOf(node, slot);
            if (end >= 0 && !link.IsBroken)
            {
                link.To[1 - end].Add(frame);
            }
        }
    }

    /// <summary>A node died: its ends are gone, what travels to it too.</summary>
    internal void Died(int node)
    {
        foreach (Link link in Links)
        {
            for (int end = 0; end < 2; end++)
            {
                if (link.Node[end] == node)
                {
                    link.IsBroken = true;
                    link.Slot[end] = Link.Gone;
                    link.To[end].Clear();
                }
            }
        }
    }

    /// <summary>Its number; links that are over at both ends count no more.</summary>
    internal int Number(RowInterner links, RowInterner networks)
    {
        Links.RemoveAll(l => l.Slot[0] == Link.Gone && l.Slot[1] == Link.Gone);
        int[] numbers = [.. Links.Select(l => links.Of(l.ToRow())).Order()];
        int[] row =
        [
            numbers.Length, .. numbers,
            .. Loose.Order().SelectMany(m => new[] { m.From, m.To, m.Frame }),
        ];
        return networks.Of(row);
    }

    internal static Network Of(int[] row, RowInterner links)
    {
        var network = new Network();
        for (int i = 1; i <= row[0]; i++)
        {
            network.Links.Add(Link.Of(links[row[i]]));
        }

        for (int i = 1 + row[0]; i < row.Length; i += 3)
        {
            network.Loose.Add((row[i], row[i + 1], row[i + 2]));
        }

        return network;
    }
}
