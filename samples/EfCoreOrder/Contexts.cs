using System.ComponentModel.DataAnnotations.Schema;
using Microsoft.EntityFrameworkCore;

namespace Ccr.Samples.EfCoreOrder;

/// <summary>One database: the orders. Nothing in it knows of Ccr.</summary>
internal sealed class OrdersContext(string connectionString) : DbContext
{
    public DbSet<Order> Orders => Set<Order>();

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) =>
        optionsBuilder.UseNpgsql(connectionString);

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.Entity<Order>().ToTable("orders").HasKey(o => o.Number);
}

/// <summary>Another database: the goods.</summary>
internal sealed class StockContext(string connectionString) : DbContext
{
    public DbSet<Goods> Goods => Set<Goods>();

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) =>
        optionsBuilder.UseNpgsql(connectionString);

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.Entity<Goods>().ToTable("stock").HasKey(g => g.Name);
}

/// <summary>An order.</summary>
internal sealed class Order
{
    [Column("number"), DatabaseGenerated(DatabaseGeneratedOption.None)]
    public int Number { get; init; }

    [Column("goods")]
    public string Goods { get; init; } = "";
}

/// <summary>What is left of some goods.</summary>
internal sealed class Goods
{
    [Column("goods")]
    public string Name { get; init; } = "";

    [Column("left_over")]
    public int LeftOver { get; set; }
}
