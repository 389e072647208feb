"""What a shopper who has begun to type may mean."""
